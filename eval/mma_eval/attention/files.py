"""Read and write attention in a run folder: shards attention/part-NNNNN.parquet, with one row for each answer.

A shard holds the attention of all answers about one clip. It is written atomically, and before the answers go into
predictions.jsonl, so that every answer there has its attention. If a run is killed between the two writes,
resuming it asks those questions again; until then their rows are ignored, and afterwards the later of two rows for a
question counts.

Arrays are flattened in C order: `shares` (layers, heads, 3) as float32, `last_layer` (tokens, keys) as float16, since
it is only drawn, `keys` as int8.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.errors import MMABenchError
from mma_bench.core.files import writing
from mma_eval.attention.answers import MODALITIES, AnswerAttention
from mma_eval.run.folder import ATTENTION
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RUN, RunRecord, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions

_ARRAYS = {
    "shares": pa.float32(), "last_layer": pa.float16(), "keys": pa.int8(),
    "lens_reference": pa.float32(), "lens_other": pa.float32(),
}  # fmt: skip
_TEXTS = [field.name for field in fields(AnswerAttention) if field.name not in _ARRAYS]
_SIZES = ("layers", "heads", "tokens")
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.int32()) for name in _SIZES),
        *((name, pa.list_(kind)) for name, kind in _ARRAYS.items()),
    ]
)
_OPTIONAL = ("donor_id", "other", "lens_other")
"""Columns that may be null."""
_Question = tuple[str, str]
"""Row id and prompt; attention is measured for plain questions only."""
_MEASURE_AGAIN = "run `mma-bench attention` again with --overwrite"
_RESTORE = f"restore {PREDICTIONS} and {ATTENTION}/ from the same run, or {_MEASURE_AGAIN}"


class AttentionFilesError(MMABenchError):
    """The attention files of a run are missing, malformed, or from another run."""


def append_shard(run: Path, answers: Sequence[AnswerAttention]) -> Path:
    """Write the attention of one or more answers into the next shard of a run folder, and return its path.

    Raises:
        StorageError: the disk is full or not writable.
    """
    path = _next_shard(run / ATTENTION)
    table = pa.Table.from_pylist([_row(answer) for answer in answers], schema=_SCHEMA)
    with writing(path) as partial:
        pq.write_table(table, partial, compression="zstd")
    return path


def read_attention(
    run: Path,
    *,
    heat_maps: bool = True,
    record: RunRecord | None = None,
    predictions: Iterable[Prediction] | None = None,
) -> list[AnswerAttention]:
    """Read the attention of every answer in a run folder, in the order in which they were measured.

    Stored attention of questions without an answer is ignored: a killed run may have written it before the answer.
    Empty answers have no attention.

    Args:
        run: the run folder.
        heat_maps: read `last_layer`, which makes up most of a file. If False, it is empty, (0, T), and
            `with_heat_map` reads it for one answer.
        record: run.json, if already read.
        predictions: the lines of predictions.jsonl, if already read.

    Raises:
        AttentionFilesError: a shard is missing or malformed, or does not match the answers in predictions.jsonl.
        MMABenchError: run.json or predictions.jsonl cannot be read.
    """
    shards = _shards(run)
    if not shards:
        raise AttentionFilesError(
            f"{run}: no {ATTENTION}/part-*.parquet; expected a folder written by `mma-bench attention`"
        )
    found = {(answer.id, answer.prompt): answer for shard in shards for answer in _read(shard, heat_maps=heat_maps)}
    if len(shapes := {answer.shares.shape for answer in found.values()}) > 1:
        listed = " and ".join(f"{layers} layers with {heads} heads" for layers, heads, _ in sorted(shapes))
        raise AttentionFilesError(f"{run / ATTENTION}: mixes models ({listed}); {_MEASURE_AGAIN}")
    if predictions is None:
        predictions = read_predictions(run / PREDICTIONS).values()
    answers: dict[_Question, str] = {(p.id, p.prompt): p.answer for p in predictions if p.answer}
    _require_same_run(run, found, record or read_run(run), answers)
    return [attention for question, attention in found.items() if question in answers]


def with_heat_map(run: Path, answer: AnswerAttention) -> AnswerAttention:
    """Reload an answer's attention from a run folder, with its heat map.

    Raises:
        AttentionFilesError: the answer is missing, or a shard is malformed.
    """
    question = (answer.id, answer.prompt)
    for shard in reversed(_shards(run)):  # of two rows for one question the later one counts
        table = _table(shard, ["id", "prompt"])
        if question in zip(table["id"].to_pylist(), table["prompt"].to_pylist(), strict=True):
            return next(a for a in reversed(list(_read(shard))) if (a.id, a.prompt) == question)
    raise AttentionFilesError(
        f"{run / ATTENTION}: no attention for {answer.id}, {answer.prompt} question; the run may have been overwritten "
        "while it was read. Run the command again"
    )


def _require_same_run(
    run: Path, found: Mapping[_Question, AnswerAttention], record: RunRecord, answers: Mapping[_Question, str]
) -> None:
    """Raise unless run.json records attention and each answer in predictions.jsonl has matching attention."""
    recorded = (record.recorded or {}).get("what")
    if recorded != ATTENTION:
        raise AttentionFilesError(
            f"{run / RUN}: recorded.what: expected {ATTENTION!r}, found {recorded!r:.80}, although {ATTENTION}/ "
            f"exists. Delete {run / ATTENTION}, or {_MEASURE_AGAIN}"
        )
    missing = [question for question in answers if question not in found]
    if missing:
        row, prompt = missing[0]
        raise AttentionFilesError(
            f"{run / ATTENTION}: no attention for {len(missing)} answers in {PREDICTIONS}, such as that "
            f"for {row}, {prompt} question; {_RESTORE}"
        )
    for (row, prompt), answer in answers.items():
        if found[row, prompt].answer != answer:
            raise AttentionFilesError(
                f"{run / ATTENTION}: the attention for {row}, {prompt} question, belongs to another answer: expected "
                f"{answer!r:.80} as in {PREDICTIONS}, found {found[row, prompt].answer!r:.80}; {_RESTORE}"
            )


def _shards(run: Path) -> list[Path]:
    return sorted((run / ATTENTION).glob("part-*.parquet"), key=lambda path: (len(path.name), path.name))


def _row(answer: AnswerAttention) -> dict[str, object]:
    layers, heads, _ = answer.shares.shape
    row = {name: getattr(answer, name) for name in _TEXTS}
    row |= {"layers": layers, "heads": heads, "tokens": len(answer.last_layer)}
    for name, kind in _ARRAYS.items():
        array = getattr(answer, name)
        row[name] = None if array is None else array.reshape(-1).astype(kind.to_pandas_dtype())
    return row


def _next_shard(folder: Path) -> Path:
    """Find the first shard that does not exist yet, by bisection, since shard numbers have no gaps.

    Listing the folder for each clip would take longer with every shard.
    """

    def shard(number: int) -> Path:
        return folder / f"part-{number:05}.parquet"

    end = 1
    while shard(end - 1).exists():
        end *= 2
    return shard(bisect_left(range(end), True, key=lambda number: not shard(number).exists()))


def _read(shard: Path, *, heat_maps: bool = True) -> Iterator[AnswerAttention]:
    table = _table(shard, [name for name in _SCHEMA.names if heat_maps or name != "last_layer"])
    for number in range(table.num_rows):
        row = {name: table[name][number] for name in table.column_names}
        try:
            yield _answer(row, heat_maps=heat_maps)
        except ValueError as error:
            raise AttentionFilesError(f"{shard}, row {number + 1}: {error}; {_MEASURE_AGAIN}") from error


def _answer(row: Mapping[str, pa.Scalar], *, heat_maps: bool) -> AnswerAttention:
    """Restore an answer's attention; raise ValueError naming the column if a value is missing or invalid."""
    for name, cell in row.items():
        if not cell.is_valid and name not in _OPTIONAL:
            raise ValueError(f"{name} is null")
    for name, known in (("condition", CONDITIONS), ("prompt", PROMPTS)):
        if row[name].as_py() not in known:
            raise ValueError(f"{name} {row[name].as_py()!r}: expected one of {', '.join(known)}")
    layers, heads, tokens = (row[name].as_py() for name in _SIZES)
    if min(layers, heads, tokens) < 1:
        raise ValueError(f"{layers} layers, {heads} heads and {tokens} tokens: expected at least one of each")
    keys = _array(row, "keys")
    if not np.isin(keys, range(len(MODALITIES))).all():
        raise ValueError(f"keys: expected numbers from 0 to {len(MODALITIES) - 1}, found {keys.min()} to {keys.max()}")
    seen = _array(row, "last_layer", tokens, len(keys)) if heat_maps else np.empty((0, len(keys)))
    return AnswerAttention(
        **{name: row[name].as_py() for name in _TEXTS},
        shares=_array(row, "shares", layers, heads, len(MODALITIES)),
        last_layer=seen.astype(np.float32),
        keys=keys,
        lens_reference=_array(row, "lens_reference", layers),
        lens_other=_array(row, "lens_other", layers) if row["lens_other"].is_valid else None,
    )


def _array(row: Mapping[str, pa.Scalar], name: str, *shape: int) -> np.ndarray[Any, Any]:
    found = np.asarray(row[name].values.to_numpy(zero_copy_only=False))
    if shape and found.size != np.prod(shape):
        raise ValueError(f"{name}: expected {' x '.join(map(str, shape))} numbers, found {found.size}")
    return found.reshape(shape or -1)


def _table(shard: Path, columns: Sequence[str]) -> pa.Table:
    try:
        # Given a path, pyarrow opens the file twice and mixes two versions of one that is replaced in between.
        with pa.OSFile(str(shard)) as file:
            return pq.read_table(file, schema=_SCHEMA, columns=list(columns))
    except (OSError, pa.ArrowException) as error:
        raise AttentionFilesError(f"{shard}: cannot be read ({error}); {_MEASURE_AGAIN}") from error
