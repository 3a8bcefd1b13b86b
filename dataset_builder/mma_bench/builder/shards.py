"""Write rows to Parquet shards that `datasets` reads and streams."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.schema import LABEL_COLUMNS, MEDIA_COLUMNS, Row, features
from mma_bench.core.files import writing

ROW_GROUP_BYTES = 8_000_000
"""Bytes of media per row group. Streaming reads whole groups: one row per group, or one group per file, is slow."""

_MEDIA = ("video.bytes", "audio.bytes")


class ShardWriter:
    """Atomic writer of one Parquet file, renamed into place when the block ends without an error."""

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        self._path = path
        self._schema = features(classes).arrow_schema
        self._index = {name: k for k, name in enumerate(classes)}
        self._rows: list[Row] = []
        self._pending = 0
        self._open = ExitStack()

    def __enter__(self) -> ShardWriter:
        partial = self._open.enter_context(writing(self._path))
        text = [f.name for f in fields(Row) if f.name not in MEDIA_COLUMNS]
        leaves = [*text, *(f"{column}.path" for column in MEDIA_COLUMNS)]
        self._file = self._open.enter_context(
            pq.ParquetWriter(
                partial,
                self._schema,
                # media are already compressed
                compression={**dict.fromkeys(leaves, "zstd"), **dict.fromkeys(_MEDIA, "none")},
                use_dictionary=["condition", "visual_question", "audio_question"],
                write_statistics=text,
                write_page_index=True,
            )
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._open.__exit__(kind, error, trace)

    def add(self, row: Row) -> None:
        """Append a row; write a row group when it is full."""
        self._rows.append(row)
        self._pending += len(row.video) + len(row.audio)
        if self._pending >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = {f.name: [self._cell(r, f.name) for r in self._rows] for f in fields(Row)}
            self._file.write_table(pa.table(columns, schema=self._schema), row_group_size=len(self._rows))
        self._rows, self._pending = [], 0

    def _cell(self, row: Row, column: str) -> Any:
        value = getattr(row, column)
        if column == "video":
            return {"bytes": value, "path": f"{row.id}.mp4"}
        if column == "audio":
            return {"bytes": value, "path": f"{row.id}.flac"}
        if column in LABEL_COLUMNS:
            return None if value is None else self._index[value]
        return value
