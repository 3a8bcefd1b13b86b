"""Read rows of one Parquet file, in order or by number, with little of it in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import MMABenchError, first_line
from mma_bench.core.records import Json, parse_json


class DataFolderError(MMABenchError):
    """A folder does not hold a complete dataset."""


@dataclass(frozen=True)
class Shard:
    """One Parquet file of a dataset."""

    path: Path
    condition: str
    split: Split
    rows: int


def stored_rows(
    shard: Shard, columns: Sequence[str] | None = None, *, batch_rows: int = 1024
) -> Iterator[dict[str, Json]]:
    """Yield the rows of a shard as they are stored: classes as numbers, media as {"bytes", "path"}.

    Args:
        shard: the file.
        columns: the columns to read; None means all.
        batch_rows: number of rows in memory at a time.

    Raises:
        DataFolderError: the file cannot be read.
    """
    # With read-ahead, pyarrow would keep every row group in memory until the file is closed.
    with _naming(shard.path), pq.ParquetFile(shard.path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=batch_rows, columns=columns, use_threads=False):
            yield from batch.to_pylist()


def read_footer(path: Path) -> tuple[int, tuple[str, ...] | None]:
    """Read the number of rows and the class names from the footer of a shard; None if it has no class names.

    Raises:
        DataFolderError: the file cannot be read.
    """
    with _naming(path):
        footer = pq.read_metadata(path)
        return int(footer.num_rows), class_names(footer.metadata)


def class_names(metadata: Mapping[bytes, bytes] | None) -> tuple[str, ...] | None:
    """Return the names of the ClassLabel columns, which `datasets` keeps in the metadata of a shard's schema."""
    try:
        info = parse_json((metadata or {})[b"huggingface"])
        return tuple(str(name) for name in info["info"]["features"]["visual_class"]["names"])
    except (ValueError, LookupError, TypeError):
        return None


class ShardReader:
    """Reads rows of a shard by number; keeps the last row group in memory. Not thread-safe."""

    def __init__(self, shard: Shard, columns: Sequence[str]) -> None:
        self._shard = shard
        self._columns = list(columns)
        self._file: pq.ParquetFile | None = None
        self._first_rows: list[int] = []
        self._group = -1
        self._table: pa.Table | None = None

    def row(self, number: int) -> dict[str, Json]:
        """Return a row as it is stored: classes as numbers, media as {"bytes", "path"}. `number` counts from 0.

        Raises:
            DataFolderError: the file cannot be read, or lacks a column.
        """
        with _naming(self._shard.path):
            if self._file is None:
                self._open()
            group = next(g for g in reversed(range(len(self._first_rows))) if self._first_rows[g] <= number)
            if group != self._group or self._table is None:
                assert self._file is not None
                self._table = None  # so that only one group is in memory
                self._table = self._file.read_row_group(group, columns=self._columns, use_threads=False)
                self._group = group
            row: dict[str, Json] = self._table.slice(number - self._first_rows[group], 1).to_pylist()[0]
        return row

    def check(self) -> None:
        """Verify that the file can be read and has the columns.

        Raises:
            DataFolderError: it cannot be read, or lacks a column.
        """
        try:
            with _naming(self._shard.path):
                self._open()
        finally:
            self.close()

    def close(self) -> None:
        """Close the file and drop the row group."""
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


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn the errors of pyarrow into a `DataFolderError`."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise DataFolderError(
            f"{path}: not a whole Parquet file ({first_line(error)}); run `mma-bench build` again or download it again"
        ) from error
