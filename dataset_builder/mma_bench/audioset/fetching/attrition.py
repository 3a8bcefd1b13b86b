"""Read and write clips/attrition.csv: the state of every requested clip, from which a fetch resumes."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Literal, TextIO, get_args

from mma_bench.audioset.fetching.reasons import Reason
from mma_bench.core.errors import SourceError
from mma_bench.core.files import storage_errors, write_text

TABLE = "attrition.csv"

Status = Literal["fetched", "there", "lost", "not_tried"]
"""State of a clip. fetched: downloaded. there: already in the folder. lost: fetch failed. not_tried: still to fetch."""


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """State of a clip: a row of attrition.csv."""

    id: str
    status: Status
    reason: Reason | Literal[""] = ""
    detail: str = ""
    date: str = ""
    sha256: str = ""

    @property
    def has_file(self) -> bool:
        """True if the clip's file is in the folder."""
        return self.status in {"fetched", "there"}


FETCH_COLUMNS = tuple(f.name for f in fields(FetchRecord))


def read_records(folder: Path) -> dict[str, FetchRecord]:
    """Read the last record of each clip, by id; empty if there is no table.

    A line that a killed process left incomplete is skipped.

    Raises SourceError if the file cannot be read or its columns are not those of attrition.csv.
    """
    path = folder / TABLE
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror}); make it readable or move it to another folder"
        ) from error
    lines, header = text.splitlines(keepends=True), ",".join(FETCH_COLUMNS)
    if lines and lines[0].strip() != header:
        raise SourceError(
            f"{path}: unexpected columns {lines[0].strip()[:80]!r}; expected {header}. Move the file to another folder"
        )
    records = map(_record, csv.reader(line for line in lines[1:] if line.endswith("\n")))
    return {record.id: record for record in records if record is not None}


def write_records(folder: Path, records: Iterable[FetchRecord]) -> None:
    """Write the whole table, sorted by id. Raises StorageError if the file cannot be written."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(FETCH_COLUMNS)
    table.writerows(astuple(record) for record in sorted(records, key=lambda r: r.id))
    write_text(folder / TABLE, text.getvalue())


class Journal:
    """A journal that appends records to the table and syncs each to disk.

    Use it as a context manager; on exit, the table is rewritten with one line per clip.
    """

    def __init__(self, folder: Path, records: Mapping[str, FetchRecord]) -> None:
        self.records = dict(records)
        self._folder = folder
        write_records(folder, records.values())  # removes incomplete lines
        self._file: TextIO = (folder / TABLE).open("a", newline="", encoding="utf-8")

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        write_records(self._folder, self.records.values())

    def add(
        self, clip_id: str, status: Status, *, reason: Reason | Literal[""] = "", detail: str = "", sha256: str = ""
    ) -> None:
        """Record the state of a clip. Raises StorageError if the disk is full."""
        one_line = " ".join(detail.split())
        record = FetchRecord(clip_id, status, reason, one_line, date.today().isoformat(), sha256)
        self.records[clip_id] = record
        with storage_errors(self._folder / TABLE):
            csv.writer(self._file, lineterminator="\n").writerow(astuple(record))
            self._file.flush()
            os.fsync(self._file.fileno())


def _record(row: list[str]) -> FetchRecord | None:
    if len(row) != len(FETCH_COLUMNS):
        return None
    clip_id, status, reason, detail, day, sha256 = row
    known = next((s for s in get_args(Status) if s == status), None)
    why: Reason | Literal[""] = next((r for r in get_args(Reason) if r == reason), "")
    return FetchRecord(clip_id, known, why, detail, day, sha256) if known else None
