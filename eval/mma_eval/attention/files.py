"""attention/part-NNNNN.parquet in a run folder: what is kept of each answer, a row each.

A part holds the answers to what was asked about one clip. It is written whole or not at all, and before the answers go
into predictions.jsonl, so that every answer there has its attention. A run that was killed between the two asks those
questions again: until then their rows count for nothing, and of two rows about one question the later counts.

Arrays are flat, row by row: `shares` of (layers, heads, 3) float32; `last_layer` of (tokens, keys) float16, since it is
for pictures; `keys` int8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.errors import MMABenchError
from mma_bench.files import remove_partial_files, writing
from mma_eval.attention.record import MODALITIES, AttentionRecord
from mma_eval.provenance import RUN, read_run
from mma_eval.recording import ATTENTION, RECORDED
from mma_eval.store import PREDICTIONS, read_predictions

_ARRAYS = {
    "shares": pa.float32(), "last_layer": pa.float16(), "keys": pa.int8(),
    "lens_reference": pa.float32(), "lens_other": pa.float32(),
}  # fmt: skip
_TEXTS = [field.name for field in fields(AttentionRecord) if field.name not in _ARRAYS]
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.int32()) for name in ("layers", "heads", "tokens")),
        *((name, pa.list_(kind)) for name, kind in _ARRAYS.items()),
    ]
)


class AttentionFilesError(MMABenchError):
    """The files of a run's attention cannot be used: not there, not ours, or another run's."""


def append_part(run: Path, records: Sequence[AttentionRecord]) -> Path:
    """Write records into the next part of a run folder.

    Args:
        run: the folder.
        records: at least one.

    Returns:
        The part.

    Raises:
        StorageError: the disk is full or does not let us write.
    """
    parts = _parts(run)
    number = int(parts[-1].stem.removeprefix("part-")) + 1 if parts else 0
    path = run / ATTENTION / f"part-{number:05}.parquet"
    table = pa.Table.from_pylist([_row(record) for record in records], schema=_SCHEMA)
    with writing(path) as partial:
        pq.write_table(table, partial, compression="zstd")
    return path


def read_attention(run: Path) -> list[AttentionRecord]:
    """The record of every answer in a run folder, in the order in which they were measured.

    Raises:
        AttentionFilesError: there are none, a file cannot be read, or they are not of the answers in predictions.jsonl.
        MMABenchError: the folder is no run's.
    """
    parts = _parts(run)
    if not parts:
        raise AttentionFilesError(
            f"{run}: no {ATTENTION}/part-*.parquet; expected a folder written by `mma-bench attention`"
        )
    if (read_run(run).get(RECORDED) or {}).get("what") != ATTENTION:
        raise AttentionFilesError(
            f"{run / RUN}: says of no attention that was kept, but {ATTENTION}/ is there; expected both from one run "
            f"of `mma-bench attention`. Delete {run / ATTENTION}, or measure the run anew with --overwrite"
        )
    found: dict[tuple[str, str], AttentionRecord] = {}
    for part in parts:
        for record in _read(part):
            found[record.id, record.prompt] = record
    answers = _answers(run)
    _check_all_there(run, answers, found)
    return [record for key, record in found.items() if key in answers]


def remove_unfinished(run: Path) -> None:
    """Delete what a killed process had begun to write."""
    remove_partial_files(run / ATTENTION)


def _answers(run: Path) -> dict[tuple[str, str], str]:
    """What was answered, by row and prompt."""
    made = read_predictions(run / PREDICTIONS).values()
    return {(p.id, p.prompt): p.answer for p in made if p.answer is not None}


def _check_all_there(
    run: Path, answers: Mapping[tuple[str, str], str], found: Mapping[tuple[str, str], AttentionRecord]
) -> None:
    remedy = f"Put back the files of one run, or measure it anew with --overwrite: {PREDICTIONS} and {ATTENTION}/"
    missing = [key for key in answers if key not in found]
    if missing:
        row, prompt = missing[0]
        raise AttentionFilesError(
            f"{run / ATTENTION}: {len(missing)} answers of {PREDICTIONS} without attention, such as that of {row} to "
            f"the {prompt} question. {remedy} belong together"
        )
    for (row, prompt), answer in answers.items():
        if found[row, prompt].answer != answer:
            raise AttentionFilesError(
                f"{run / ATTENTION}: the attention of {row}, {prompt} question, is that of the answer "
                f"{found[row, prompt].answer!r:.80}; expected that of the one in {PREDICTIONS}, {answer!r:.80}. "
                f"{remedy} belong together"
            )


def _parts(run: Path) -> list[Path]:
    return sorted((run / ATTENTION).glob("part-*.parquet"), key=lambda path: (len(path.name), path.name))


def _row(record: AttentionRecord) -> dict[str, Any]:
    layers, heads, _ = record.shares.shape
    arrays = {name: getattr(record, name) for name in _ARRAYS}
    return {
        **{name: getattr(record, name) for name in _TEXTS},
        **{"layers": layers, "heads": heads, "tokens": len(record.last_layer)},
        **{name: None if array is None else _flat(name, array) for name, array in arrays.items()},
    }


def _flat(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.reshape(-1).astype(_ARRAYS[name].to_pandas_dtype())


def _read(part: Path) -> Iterator[AttentionRecord]:
    try:
        table = pq.read_table(part, schema=_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise AttentionFilesError(f"{part}: cannot be read ({error}); measure the run anew with --overwrite") from error
    for number in range(table.num_rows):
        row = {name: table[name][number] for name in table.column_names}
        shape = (row["layers"].as_py(), row["heads"].as_py(), len(MODALITIES))
        yield AttentionRecord(
            **{name: row[name].as_py() for name in _TEXTS},
            shares=_array(row["shares"]).reshape(shape),
            last_layer=_array(row["last_layer"]).astype(np.float32).reshape(row["tokens"].as_py(), -1),
            keys=_array(row["keys"]),
            lens_reference=_array(row["lens_reference"]),
            lens_other=_array(row["lens_other"]) if row["lens_other"].is_valid else None,
        )


def _array(cell: Any) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = cell.values.to_numpy()
    return found
