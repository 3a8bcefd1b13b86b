"""clips/attrition.csv: every clip that was asked for, there or lost, and why. It is also what a fetch resumes from."""

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
from mma_bench.core.files import storage_error, write_text

TABLE = "attrition.csv"

Status = Literal["fetched", "there", "lost", "not_tried"]
"""fetched: by us. there: a file that was in the folder, and is the clip. not_tried: the run stopped before."""


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """A row of the table."""

    id: str
    status: Status
    reason: Reason | Literal[""] = ""
    detail: str = ""
    date: str = ""
    sha256: str = ""

    @property
    def has_file(self) -> bool:
        """Whether the clip is in the folder."""
        return self.status in {"fetched", "there"}


COLUMNS = tuple(f.name for f in fields(FetchRecord))


def read_records(folder: Path) -> dict[str, FetchRecord]:
    """The last word on each clip; empty where there is no table.

    A line that a killed process left half written is passed over.

    Raises:
        SourceError: the file is another kind of table.
    """
    path = folder / TABLE
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
    lines = text.splitlines(keepends=True)
    if not lines:
        return {}
    if lines[0].strip() != ",".join(COLUMNS):
        raise SourceError(
            f"{path}: expected the columns {','.join(COLUMNS)}; found {lines[0].strip()[:80]!r}. Move it away"
        )
    whole = [line for line in lines[1:] if line.endswith("\n")]
    rows = csv.reader(whole)
    records = (_record(row) for row in rows)
    return {record.id: record for record in records if record is not None}


def write_records(folder: Path, records: Iterable[FetchRecord]) -> None:
    """Write the table whole, sorted by id.

    Raises:
        StorageError: it cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(astuple(record) for record in sorted(records, key=lambda r: r.id))
    write_text(folder / TABLE, text.getvalue())


class Journal:
    """The table while it grows: each record is on the disk before the next clip is begun.

    A context manager; on leaving it the table is written anew, one line per clip.
    """

    def __init__(self, folder: Path, records: Mapping[str, FetchRecord]) -> None:
        self.records = dict(records)
        self._folder = folder
        write_records(folder, records.values())  # without torn lines
        self._file: TextIO = (folder / TABLE).open("a", newline="", encoding="utf-8")

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        write_records(self._folder, self.records.values())

    def add(
        self, clip_id: str, status: Status, *, reason: Reason | Literal[""] = "", detail: str = "", sha256: str = ""
    ) -> None:
        """Record what became of a clip.

        Raises:
            StorageError: the disk is full.
        """
        one_line = " ".join(detail.split())
        record = FetchRecord(clip_id, status, reason, one_line, date.today().isoformat(), sha256)
        self.records[clip_id] = record
        try:
            csv.writer(self._file, lineterminator="\n").writerow(astuple(record))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise storage_error(self._folder / TABLE, error) from error


def _record(row: list[str]) -> FetchRecord | None:
    if len(row) != len(COLUMNS):
        return None
    clip_id, status, reason, detail, day, sha256 = row
    known = next((s for s in get_args(Status) if s == status), None)
    why: Reason | Literal[""] = next((r for r in get_args(Reason) if r == reason), "")
    return FetchRecord(clip_id, known, why, detail, day, sha256) if known else None
