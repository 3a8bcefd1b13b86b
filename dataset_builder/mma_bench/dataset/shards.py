"""Read rows of a Parquet shard, in order or by index, in bounded memory."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import MMABenchError, first_line
from mma_bench.core.records import Json, parse_json


class DataFolderError(MMABenchError):
    """A dataset is missing, incomplete or unreadable."""


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
    """Yield the rows of a shard as stored: classes as indices, media as {"bytes", "path"}.

    If `columns` is None, all columns are read. `batch_rows` rows are in memory at a time.

    Raises:
        DataFolderError: the file cannot be read.
    """
    # With read-ahead, pyarrow would keep every row group in memory until the file is closed.
    with _naming(shard.path), pq.ParquetFile(shard.path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=batch_rows, columns=columns, use_threads=False):
            yield from batch.to_pylist()


def read_footer(path: Path) -> tuple[int, tuple[str, ...] | None]:
    """Read the row count and the class names (None if absent) from a shard's footer; errors as in `stored_rows`."""
    with _naming(path):
        footer = pq.read_metadata(path)
        return int(footer.num_rows), class_names(footer.metadata)


def class_names(metadata: Mapping[bytes, bytes] | None) -> tuple[str, ...] | None:
    """Return the class names that `datasets` stores in a shard's schema metadata; None if absent."""
    try:
        info = parse_json((metadata or {})[b"huggingface"])
        return tuple(str(name) for name in info["info"]["features"]["visual_class"]["names"])
    except (ValueError, LookupError, TypeError):
        return None


class ShardReader:
    """Reads rows of a shard by index, caching the row group that was read last. Not thread-safe."""

    def __init__(self, shard: Shard, columns: Sequence[str]) -> None:
        self._shard = shard
        self._columns = list(columns)
        self._file: pq.ParquetFile | None = None
        self._first_rows: list[int] = []  # of each row group
        self._group = -1
        self._table: pa.Table | None = None

    def row(self, number: int) -> dict[str, Json]:
        """Return the row at index `number` as stored: classes as indices, media as {"bytes", "path"}.

        Raises:
            DataFolderError: the file cannot be read, or lacks a column.
        """
        with _naming(self._shard.path):
            file = self._file or self._open()
            group = bisect_right(self._first_rows, number) - 1
            if group != self._group or self._table is None:
                self._table = None  # so that only one group is in memory
                self._table = file.read_row_group(group, columns=self._columns, use_threads=False)
                self._group = group
            row: dict[str, Json] = self._table.slice(number - self._first_rows[group], 1).to_pylist()[0]
        return row

    def check(self) -> None:
        """Raise a `DataFolderError` if the file cannot be read or lacks a column."""
        with closing(self), _naming(self._shard.path):
            self._open()

    def close(self) -> None:
        """Close the file and drop the row group."""
        if self._file is not None:
            self._file.close()
        self._file, self._table, self._group = None, None, -1

    def _open(self) -> pq.ParquetFile:
        self._file = file = pq.ParquetFile(self._shard.path, pre_buffer=False)
        there = file.schema_arrow.names
        if missing := [c for c in self._columns if c not in there]:
            raise DataFolderError(
                f"{self._shard.path}: missing columns {', '.join(missing)}; found {', '.join(there)}. Build or "
                "download the dataset again"
            )
        sizes = (file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups))
        self._first_rows = list(accumulate(sizes, initial=0))[:-1]
        return file


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Convert I/O and pyarrow errors into a `DataFolderError` that names the file."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise DataFolderError(
            f"{path}: cannot be read as Parquet ({first_line(error)}); build or download the dataset again"
        ) from error
