"""Rows of a shard by their number, with one row group in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.dataset.reading import DataFolderError, Shard


class ShardReader:
    """Reads rows of one Parquet file; neighbours come from the row group that is at hand. Not for several threads."""

    def __init__(self, shard: Shard, columns: Sequence[str]) -> None:
        self._shard = shard
        self._columns = list(columns)
        self._file: pq.ParquetFile | None = None
        self._first_rows: list[int] = []
        self._group = -1
        self._table: pa.Table | None = None

    def row(self, number: int) -> dict[str, Any]:
        """One row as it is stored: classes as numbers, media as {"bytes", "path"}. `number` counts from 0.

        Raises:
            DataFolderError: the file cannot be read, or lacks a column.
        """
        try:
            if self._file is None:
                self._open()
            group = next(g for g in reversed(range(len(self._first_rows))) if self._first_rows[g] <= number)
            if group != self._group or self._table is None:
                assert self._file is not None
                self._table = None  # one group in memory, not two
                self._table = self._file.read_row_group(group, columns=self._columns, use_threads=False)
                self._group = group
            row: dict[str, Any] = self._table.slice(number - self._first_rows[group], 1).to_pylist()[0]
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(str(error)) from error
        return row

    def check(self) -> None:
        """Look whether the file is there and has the columns.

        Raises:
            DataFolderError: it has not.
        """
        try:
            self._open()
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(str(error)) from error
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file and of what was read."""
        if self._file is not None:
            self._file.close()
        self._file, self._table, self._group = None, None, -1

    def _open(self) -> None:
        self._file = pq.ParquetFile(self._shard.path, pre_buffer=False)
        missing = [c for c in self._columns if c not in self._file.schema_arrow.names]
        if missing:
            raise DataFolderError(
                f"{self._shard.path}: no column {', '.join(missing)}, only {', '.join(self._file.schema_arrow.names)}; "
                "expected a file written by `mma-bench build`; build or download the dataset again"
            )
        first = 0
        self._first_rows = []
        for group in range(self._file.metadata.num_row_groups):
            self._first_rows.append(first)
            first += self._file.metadata.row_group(group).num_rows

    def _unreadable(self, why: str) -> DataFolderError:
        return DataFolderError(
            f"{self._shard.path}: not a whole Parquet file ({why.splitlines()[0]}); run `mma-bench build` again or "
            "download it again"
        )
