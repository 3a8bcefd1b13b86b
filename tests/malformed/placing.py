"""Put malformed JSON where a record stands: in a file, in a line of one, in the metadata of a Parquet file."""

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from tests.malformed.table import Kind
from tests.malformed.variants import NOT_JSON, Variant, some_of, value_variants, whole_file_variants

NOTES = b"mma_bench"
"""The key of the notes in the metadata of a manifest."""
LINE = 2
"""The line that is changed, counted from 0."""


def malformed_files(path: Path, kind: Kind, *, per_place: int = 1) -> Iterator[Variant]:
    """Yield malformed contents of a file.

    Args:
        path: the file as it should be.
        kind: what of it is changed.
        per_place: how many kinds of values stand in each place of the record; 24 for all.
    """
    content = path.read_bytes()
    record = _record(content, kind)
    for variant in [*whole_file_variants(record), *some_of(value_variants(record), per_place)]:
        yield variant._replace(content=_with(content, kind, variant.content or b""))
    if kind == "notes":
        yield from (Variant(f"{name}, the whole file", other) for name, other in NOT_JSON.items())
        yield Variant("truncated, the whole file", content[: len(content) // 2])


def _record(content: bytes, kind: Kind) -> bytes:
    if kind == "line":
        return content.splitlines()[LINE]
    if kind == "notes":
        return bytes(pq.read_schema(io.BytesIO(content)).metadata[NOTES])
    return content


def _with(content: bytes, kind: Kind, record: bytes) -> bytes:
    if kind == "line":
        lines = content.splitlines()
        return b"\n".join([*lines[:LINE], record, *lines[LINE + 1 :]]) + b"\n"
    if kind == "notes":
        table = pq.read_table(io.BytesIO(content))
        out = io.BytesIO()
        pq.write_table(table.replace_schema_metadata({NOTES: record}), out)
        return out.getvalue()
    return record
