"""A manifest: which clips a benchmark is made of, as a Parquet file. It names recordings and holds none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.classes import class_name
from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import SourceError
from mma_bench.core.files import writing
from mma_bench.media.demux import MAX_SECONDS

MANIFEST = "manifest.parquet"
"""Its name in a dataset that was built of one."""

_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("youtube_id", pa.string()),
        ("url", pa.string()),
        ("start_seconds", pa.float64()),
        ("end_seconds", pa.float64()),
        ("class", pa.string()),
        ("split", pa.string()),
    ]
)
_NOTES = b"mma_bench"
_NO_MORE = pa.schema([])
_KEPT = "kept"
_CURATE = "mma-bench curate"

# An id names a file. What is not in here could leave the folder, hide, or be taken for an option of a shell.
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")


@dataclass(frozen=True, slots=True)
class ManifestClip:
    """A clip of a recording that lies elsewhere.

    Raises:
        ValueError: a value that cannot be; the message says which and what was expected.
    """

    clip_id: str
    class_name: str
    split: Split
    start_seconds: float
    end_seconds: float
    youtube_id: str | None = None
    url: str | None = None
    """None for YouTube."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.clip_id):
            raise ValueError(f"id {self.clip_id[:60]!r}; expected letters, digits, -, _ and . only: it names a file")
        if self.youtube_id is not None and not _YOUTUBE_ID.fullmatch(self.youtube_id):
            raise ValueError(f"youtube_id {self.youtube_id[:60]!r}; expected 11 letters, digits, - or _")
        if self.url is not None and not _URL.fullmatch(self.url):
            raise ValueError(f"url {self.url[:60]!r}; expected http:// or https://")
        if self.youtube_id is None and self.url is None:
            raise ValueError("neither youtube_id nor url; one of them says where the recording is")
        start, end = self.start_seconds, self.end_seconds
        if not (0 <= start < end < math.inf and end - start <= MAX_SECONDS):
            raise ValueError(f"from {start} to {end} s; expected a start, a later end, {MAX_SECONDS} s at most")
        if self.split not in SPLITS:
            raise ValueError(f"split {self.split!r}; expected one of {', '.join(SPLITS)}")
        try:
            valid = class_name(self.class_name)
        except ValueError:
            valid = None
        if valid != self.class_name:
            raise ValueError(f"class {self.class_name[:60]!r}; expected a name such as Frying_food")

    @property
    def address(self) -> str:
        """Where the recording is."""
        return self.url or f"https://www.youtube.com/watch?v={self.youtube_id}"

    @property
    def file(self) -> str:
        """The name of its file in a folder of clips."""
        return f"{self.clip_id}.mp4"


@dataclass(frozen=True)
class Manifest:
    """Clips, and what is known of how they were chosen."""

    clips: Sequence[ManifestClip]
    notes: Mapping[str, Any] = field(default_factory=dict)
    """JSON kept in the file: the funnel, the readings and inputs of the curation, the versions."""


def clip_id(youtube_id: str, start_seconds: float) -> str:
    """The id of an AudioSet clip.

    >>> clip_id("3CZ1i2_tKn0", 30.0)
    '3CZ1i2_tKn0_30000'
    """
    return f"{youtube_id}_{round(start_seconds * 1000)}"


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest; the same one gives the same bytes.

    Raises:
        SourceError: two clips have one id.
        StorageError: the file cannot be written.
    """
    write_clips(path, manifest.clips, manifest.notes)


def write_clips(
    path: Path,
    clips: Sequence[ManifestClip],
    notes: Mapping[str, Any],
    more: pa.Schema = _NO_MORE,
    values: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write a file that begins with a manifest's columns, a row per clip.

    Args:
        path: where.
        clips: of the rows.
        notes: JSON for the file's metadata.
        more: the columns that follow.
        values: theirs, by column, as many as clips.

    Raises:
        SourceError: two clips have one id.
        StorageError: the file cannot be written.
    """
    _require_distinct_ids(clips, path)
    columns = {
        "id": [c.clip_id for c in clips],
        "youtube_id": [c.youtube_id for c in clips],
        "url": [c.url for c in clips],
        "start_seconds": [c.start_seconds for c in clips],
        "end_seconds": [c.end_seconds for c in clips],
        "class": [c.class_name for c in clips],
        "split": [c.split for c in clips],
        **(values or {}),
    }
    schema = pa.schema([*_SCHEMA, *more], metadata={_NOTES: json.dumps(notes, ensure_ascii=False).encode()})
    with writing(path) as partial:
        pq.write_table(pa.table(columns, schema=schema), partial)


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest, ours or anybody's. Where it has a column `kept`, only the rows that are count.

    Raises:
        SourceError: it cannot be read, or a row names no clip that can be; the message names the row.
    """
    table = _read_table(path, _CURATE)
    if _KEPT not in table.schema.names:
        found = _clips_of(table, path, _NO_MORE, _CURATE)
        return Manifest(found.clips, found.notes)
    found = _clips_of(table, path, pa.schema([(_KEPT, pa.bool_())]), _CURATE)
    kept = found.values[_KEPT]
    clips = [clip for clip, counts in zip(found.clips, kept, strict=True) if counts]
    if not clips:
        raise SourceError(f"{path}: none of its {len(kept):,} clips is kept; its column `reason` says why")
    return Manifest(clips, found.notes)


@dataclass(frozen=True)
class ClipsFile:
    """What a file that begins with a manifest's columns holds."""

    clips: Sequence[ManifestClip]
    notes: Mapping[str, Any]
    columns: Sequence[str]
    """The names of all that are there."""
    values: Mapping[str, Sequence[Any]]
    """Of the columns that were asked for besides."""


def read_clips(path: Path, more: pa.Schema = _NO_MORE, *, made_by: str = _CURATE) -> ClipsFile:
    """Read what `write_clips` wrote.

    Args:
        path: the file.
        more: columns besides the manifest's; all must be there.
        made_by: the command that writes such files, for messages.

    Raises:
        SourceError: it cannot be read, or a row names no clip that can be; the message names the row.
    """
    return _clips_of(_read_table(path, made_by), path, more, made_by)


def _read_table(path: Path, made_by: str) -> pa.Table:
    if not path.is_file():
        raise SourceError(f"{path}: no such file; expected one such as `{made_by}` writes")
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _not_read(path, error, made_by) from error


def _clips_of(table: pa.Table, path: Path, more: pa.Schema, made_by: str) -> ClipsFile:
    try:
        missing = {*_SCHEMA.names, *more.names} - {"youtube_id", "url"} - set(table.schema.names)
        if missing:
            found = ", ".join(table.schema.names)
            raise SourceError(f"{path}: no column {', '.join(sorted(missing))}; found {found}")
        notes = json.loads((table.schema.metadata or {}).get(_NOTES, b"{}"))
        columns = [f for f in _SCHEMA if f.name in table.schema.names]
        rows = table.select([f.name for f in columns]).cast(pa.schema(columns)).to_pylist()
        asked = table.select(more.names).cast(more).to_pydict()
    except (pa.ArrowException, ValueError) as error:
        raise _not_read(path, error, made_by) from error
    if not rows:
        raise SourceError(f"{path}: no clips in it")
    clips = [_clip(row, path, k) for k, row in enumerate(rows)]
    _require_distinct_ids(clips, path)
    return ClipsFile(clips, notes if isinstance(notes, dict) else {}, table.schema.names, asked)


def _not_read(path: Path, error: Exception, made_by: str) -> SourceError:
    return SourceError(f"{path}: cannot be read ({error}); expected a Parquet file such as `{made_by}` writes")


def _clip(row: Mapping[str, Any], path: Path, index: int) -> ManifestClip:
    empty = next((name for name in ("id", "class", "split", "start_seconds", "end_seconds") if row[name] is None), None)
    if empty:
        raise SourceError(f"{path} row {index}: {empty} is empty")
    try:
        return ManifestClip(
            clip_id=row["id"],
            class_name=row["class"],
            split=row["split"],
            start_seconds=row["start_seconds"],
            end_seconds=row["end_seconds"],
            youtube_id=row.get("youtube_id"),
            url=row.get("url"),
        )
    except ValueError as error:
        raise SourceError(f"{path} row {index}: {error}") from error


def _require_distinct_ids(clips: Iterable[ManifestClip], path: Path) -> None:
    """Ids name files, and not every file system tells upper from lower case."""
    seen: dict[str, str] = {}
    for clip in clips:
        key = clip.clip_id.casefold()
        if key in seen:
            ids = f"{seen[key]} and {clip.clip_id}"
            raise SourceError(f"{path}: the ids {ids} would name the same file; every clip needs its own")
        seen[key] = clip.clip_id
