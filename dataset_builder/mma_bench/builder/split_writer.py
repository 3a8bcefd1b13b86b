"""Write the rows of one split to the shards of all its conditions at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.benchmark.schema import Row
from mma_bench.builder.rows import rows_of_clip
from mma_bench.builder.shards import ShardWriter
from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.sources.clips import PreparedClip

SHARD_BYTES = 400_000_000
"""Approximate bytes of media per shard. A killed build repeats at most the shard that it was writing."""


@dataclass(frozen=True)
class ClipTask:
    """The unit of work: a clip, its planned rows, and the donors of their audio."""

    clip: PreparedClip
    rows: Sequence[PlannedRow]
    donors: Mapping[str, PreparedClip]
    questions: Questions


def make_rows(task: ClipTask) -> list[Row]:
    """Call `rows_of_clip` as one task of a process pool."""
    return rows_of_clip(task.clip, task.rows, task.donors, task.questions)


def write_split(
    folder: Path,
    rows: Sequence[PlannedRow],
    clips: Mapping[str, PreparedClip],
    questions: Questions,
    pool: WorkerPool,
    progress: Callable[[int, int], None],
) -> None:
    """Write the shards of one split under `folder`, skipping those that exist.

    Shards of the same number cover the same clips in all conditions, so that a clip is read once for all its rows.

    Raises:
        ClipError: a clip that passed validation can no longer be read.
        StorageError: a file cannot be written.
    """
    tasks = list(_tasks(rows, clips, questions))
    shards = _shards(tasks)
    done = 0
    for k, shard in enumerate(shards):
        split = shard[0].rows[0].split
        paths = {
            condition: folder / condition / f"{split}-{k:05d}-of-{len(shards):05d}.parquet"
            for condition in sorted({row.condition for task in shard for row in task.rows})
        }
        if not all(path.exists() for path in paths.values()):
            with ExitStack() as stack:
                writers = {c: stack.enter_context(ShardWriter(p, questions.options)) for c, p in paths.items()}
                for count, made in enumerate(_made(shard, pool), start=1):
                    for row in made:
                        writers[row.condition].add(row)
                    progress(done + count, len(tasks))
        done += len(shard)
        progress(done, len(tasks))


def _made(shard: Sequence[ClipTask], pool: WorkerPool) -> Iterator[list[Row]]:
    for _, made in pool.map(make_rows, shard, name_of=lambda t: t.clip.clip_id):
        if isinstance(made, ClipError):
            raise made
        yield made


def _tasks(rows: Sequence[PlannedRow], clips: Mapping[str, PreparedClip], questions: Questions) -> Iterator[ClipTask]:
    for clip_id, group in groupby(rows, key=lambda row: row.clip_id):
        of_clip = tuple(group)
        donors = {row.donor_id: clips[row.donor_id] for row in of_clip if row.donor_id is not None}
        yield ClipTask(clips[clip_id], of_clip, donors, questions)


def _shards(tasks: Sequence[ClipTask]) -> list[list[ClipTask]]:
    """Cut the clips into groups whose largest condition stays under `SHARD_BYTES`."""
    shards: list[list[ClipTask]] = []
    filled = 0
    for task in tasks:
        largest = max(sum(r.condition == row.condition for r in task.rows) for row in task.rows)
        size = largest * task.clip.bytes
        if not shards or filled + size > SHARD_BYTES:
            shards.append([])
            filled = 0
        shards[-1].append(task)
        filled += size
    return shards
