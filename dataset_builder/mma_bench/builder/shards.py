"""Write the rows of one split to the Parquet shards of all its conditions at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.benchmark.schema import LABEL_COLUMNS, MEDIA_COLUMNS, Row, features
from mma_bench.builder.rows import ClipTask, rows_of_clip
from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.core.files import writing
from mma_bench.sources.clips import PreparedClip

SHARD_BYTES = 400_000_000
"""Approximate bytes of media per shard. A resumed build rewrites at most one shard per condition."""

ROW_GROUP_BYTES = 8_000_000
"""Bytes of media per row group. Streaming reads whole groups, and is slow if they are tiny or span a whole shard."""


def write_split(
    folder: Path,
    rows: Sequence[PlannedRow],
    clips: Mapping[str, PreparedClip],
    questions: Questions,
    pool: WorkerPool,
    progress: Callable[[int, int], None],
) -> None:
    """Write the shards of one split under `folder`, skipping those that exist.

    Shards with the same number contain the same clips in every condition, so that a clip is read once for all its rows.

    Raises:
        ClipError: a clip that passed validation can no longer be read.
        StorageError: a file cannot be written.
    """
    tasks = []
    for clip_id, group in groupby(rows, key=lambda row: row.clip_id):
        of_clip = tuple(group)
        donors = {row.donor_id: clips[row.donor_id] for row in of_clip if row.donor_id is not None}
        tasks.append(ClipTask(clips[clip_id], of_clip, donors, questions))
    shards = _shards(tasks)
    done = 0
    for k, shard in enumerate(shards):
        paths = {
            row.condition: folder / row.condition / f"{row.split}-{k:05d}-of-{len(shards):05d}.parquet"
            for task in shard
            for row in task.rows
        }
        if not all(path.exists() for path in paths.values()):
            with ExitStack() as stack:
                add = {c: stack.enter_context(shard_writer(paths[c], questions.options)) for c in sorted(paths)}
                made = pool.map(rows_of_clip, shard, name_of=lambda task: task.clip.clip_id)
                for count, (_, result) in enumerate(made, start=1):
                    if isinstance(result, ClipError):
                        raise result
                    for row in result:
                        add[row.condition](row)
                    progress(done + count, len(tasks))
        done += len(shard)
        progress(done, len(tasks))


def _shards(tasks: Sequence[ClipTask]) -> list[list[ClipTask]]:
    """Divide the clips into groups so that no condition's shard exceeds about `SHARD_BYTES`."""
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


@contextmanager
def shard_writer(path: Path, classes: Sequence[str]) -> Iterator[Callable[[Row], None]]:
    """Open a Parquet file for writing, in a form that `datasets` can stream, and yield a function that appends a row.

    The file gets its final name only if the `with` block ends without an error.
    """
    schema = features(classes).arrow_schema
    index = {name: k for k, name in enumerate(classes)}
    rows: list[Row] = []
    pending = 0
    text = [f.name for f in fields(Row) if f.name not in MEDIA_COLUMNS]
    zstd = dict.fromkeys([*text, *(f"{column}.path" for column in MEDIA_COLUMNS)], "zstd")
    uncompressed = dict.fromkeys((f"{column}.bytes" for column in MEDIA_COLUMNS), "none")  # media are compressed
    with (
        writing(path) as partial,
        pq.ParquetWriter(
            partial,
            schema,
            compression={**zstd, **uncompressed},
            use_dictionary=["condition", "visual_question", "audio_question"],
            write_statistics=text,
            write_page_index=True,
        ) as file,
    ):

        def write_group() -> None:
            columns = {f.name: [_cell(row, f.name, index) for row in rows] for f in fields(Row)}
            file.write_table(pa.table(columns, schema=schema), row_group_size=len(rows))
            rows.clear()

        def add(row: Row) -> None:
            nonlocal pending
            rows.append(row)
            pending += len(row.video) + len(row.audio)
            if pending >= ROW_GROUP_BYTES:
                write_group()
                pending = 0

        yield add
        if rows:
            write_group()


def _cell(row: Row, column: str, index: Mapping[str, int]) -> Any:
    value = getattr(row, column)
    if column in MEDIA_COLUMNS:
        return {"bytes": value, "path": f"{row.id}.{'mp4' if column == 'video' else 'flac'}"}
    return index[value] if column in LABEL_COLUMNS and value is not None else value
