"""attention/part-NNNNN.parquet in a run folder: what is kept of each answer, a row each.

A part holds the answers to what was asked about one clip. It is written whole or not at all, and before the answers go
into predictions.jsonl, so that every answer there has its attention. A run that was killed between the two asks those
questions again: until then their rows count for nothing, and of two rows about one question the later counts.

Arrays are flat, row by row: `shares` of (layers, heads, 3) float32; `last_layer` of (tokens, keys) float16, since it is
for pictures; `keys` int8.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.core.files import remove_partial_files, writing
from mma_eval.attention.of_answers import AttentionFilesError, Question, of_answers
from mma_eval.attention.record import MODALITIES, AttentionRecord
from mma_eval.run.folder import ATTENTION

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
    path = _next_part(run / ATTENTION)
    table = pa.Table.from_pylist([_row(record) for record in records], schema=_SCHEMA)
    with writing(path) as partial:
        pq.write_table(table, partial, compression="zstd")
    return path


def read_attention(run: Path, *, heat_maps: bool = True) -> list[AttentionRecord]:
    """The record of every answer in a run folder, in the order in which they were measured.

    Args:
        run: the folder.
        heat_maps: read `last_layer`, which is nearly all of a file; without, it is of no rows, (0, T), and
            `read_record` has it of one answer.

    Raises:
        AttentionFilesError: there are none, a file cannot be read, or they are not of the answers in predictions.jsonl.
        MMABenchError: the folder is no run's.
    """
    parts = _parts(run)
    if not parts:
        raise AttentionFilesError(
            f"{run}: no {ATTENTION}/part-*.parquet; expected a folder written by `mma-bench attention`"
        )
    found: dict[Question, AttentionRecord] = {}
    for part in parts:
        for record in _read(part, heat_maps=heat_maps):
            found[record.id, record.prompt] = record
    return of_answers(run, found)


def read_record(run: Path, record: AttentionRecord) -> AttentionRecord:
    """One record of a run folder with its heat map.

    Raises:
        AttentionFilesError: it is not there, or a file cannot be read.
    """
    for part in reversed(_parts(run)):  # of two rows about one question the later counts
        if (record.id, record.prompt) in _questions(part):
            return next(r for r in reversed(list(_read(part))) if (r.id, r.prompt) == (record.id, record.prompt))
    raise AttentionFilesError(f"{run}: no attention of {record.id}, {record.prompt} question; was it measured anew?")


def remove_unfinished(run: Path) -> None:
    """Delete what a killed process had begun to write."""
    remove_partial_files(run / ATTENTION)


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


def _next_part(folder: Path) -> Path:
    """The first that is not there.

    Parts are numbered without gaps, so doubling and halving finds it: a listing at each clip would take longer the
    more there are.
    """

    def part(number: int) -> Path:
        return folder / f"part-{number:05}.parquet"

    end = 1
    while part(end - 1).exists():
        end *= 2
    return part(bisect_left(range(end), True, key=lambda number: not part(number).exists()))


def _read(part: Path, *, heat_maps: bool = True) -> Iterator[AttentionRecord]:
    table = _table(part, [name for name in _SCHEMA.names if heat_maps or name != "last_layer"])
    for number in range(table.num_rows):
        row = {name: table[name][number] for name in table.column_names}
        shape = (row["layers"].as_py(), row["heads"].as_py(), len(MODALITIES))
        keys = _array(row["keys"])
        seen = _array(row["last_layer"]).astype(np.float32) if heat_maps else np.empty(0, np.float32)
        yield AttentionRecord(
            **{name: row[name].as_py() for name in _TEXTS},
            shares=_array(row["shares"]).reshape(shape),
            last_layer=seen.reshape(-1, len(keys)),
            keys=keys,
            lens_reference=_array(row["lens_reference"]),
            lens_other=_array(row["lens_other"]) if row["lens_other"].is_valid else None,
        )


def _questions(part: Path) -> set[tuple[str, str]]:
    table = _table(part, ["id", "prompt"])
    return set(zip(table["id"].to_pylist(), table["prompt"].to_pylist(), strict=True))


def _table(part: Path, columns: Sequence[str]) -> pa.Table:
    try:
        return pq.read_table(part, schema=_SCHEMA, columns=list(columns))
    except (OSError, pa.ArrowException) as error:
        raise AttentionFilesError(f"{part}: cannot be read ({error}); measure the run anew with --overwrite") from error


def _array(cell: Any) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = cell.values.to_numpy()
    return found
