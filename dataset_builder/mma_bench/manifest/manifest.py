"""Manifests: Parquet files that list the clips of a benchmark by reference, without media."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from mma_bench.core.errors import SourceError, first_line
from mma_bench.core.files import writing
from mma_bench.core.records import Json, Record, Text, parse_json
from mma_bench.core.repo_id import names_a_repository, with_revision
from mma_bench.manifest.clips import ManifestClip, require_distinct_ids
from mma_bench.manifest.funnel import Funnel

MANIFEST = "manifest.parquet"
"""File name of the manifest in a dataset built from one."""

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


class ManifestNotes(Record):
    """Provenance of a manifest, in the file's metadata. Each step adds notes and keeps the earlier ones."""

    schema_: int | None = Field(None, alias="schema")
    """Version of this format."""
    mma_bench: Text | None = None
    """Version of the package that wrote the manifest."""
    readings: Json = None
    """Interpretation of the paper's ambiguous rules (`curate`)."""
    sha256: dict[str, str] | None = None
    """Digests of the input files, by name (`curate`)."""
    published_list: Json = None
    """Name and digest of the JSON list (`import`)."""
    segments: dict[str, str] | None = None
    """Digests of the AudioSet lists that supplied start times, by name (`import`)."""
    recognised: dict[str, str] | None = None
    """Location of each clip field in the list (`import`)."""
    merged: int | None = None
    """Number of entries that repeated a clip (`import`)."""
    unreadable: int | None = None
    """Number of entries that are not clips (`import`)."""
    funnel: Funnel | None = None
    """Clips left after each step; None for a manifest from elsewhere."""
    checks: Json = None
    """The judge, its yes rates and their assessment (`check`)."""
    review: Json = None
    """Annotator and clips of the votes in the file (`review`)."""
    consensus: Json = None
    """Agreement of the annotators (`consensus`)."""


@dataclass(frozen=True)
class Manifest:
    """A list of clips with its provenance."""

    clips: Sequence[ManifestClip]
    notes: ManifestNotes = field(default_factory=ManifestNotes)

    @property
    def funnel(self) -> Funnel:
        """The funnel in the notes, or else a new one that starts with these clips."""
        return self.notes.funnel or Funnel.of_clips((clip.split, clip.class_name) for clip in self.clips)


@dataclass(frozen=True)
class ClipsFile:
    """Content of a file whose first columns are those of a manifest."""

    clips: Sequence[ManifestClip]
    notes: ManifestNotes
    columns: Sequence[str]
    """Names of all columns of the file."""
    values: Mapping[str, Sequence[Any]]
    """Values of the requested additional columns, by name."""


def find_manifest(where: str) -> Path:
    """Resolve a manifest reference: a Parquet file, a dataset folder, or a dataset on the Hub (downloads the file).

    Args:
        where: a path, or `org/name` with an optional `@revision`. Datasets must have been built from a manifest.

    Raises:
        SourceError: there is no such manifest.
    """
    path = Path(where).expanduser()
    if path.is_dir():
        path = path / MANIFEST
    if path.is_file():
        return path
    if not names_a_repository(where):
        raise SourceError(
            f"{where}: no such file; expected a manifest, as written by `mma-bench curate`, or org/name on the Hub"
        )
    from huggingface_hub import hf_hub_download

    try:
        name, revision = with_revision(where)
        return Path(hf_hub_download(name, MANIFEST, repo_type="dataset", revision=revision))
    except Exception as error:  # the Hub's client also raises errors of its HTTP library
        raise SourceError(
            f"{where}: no such file, and {MANIFEST} cannot be downloaded from the Hub ({first_line(error)})"
        ) from error


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest. The output is deterministic.

    Raises:
        SourceError: two clips have the same id.
        StorageError: the file cannot be written.
    """
    write_clips(path, manifest.clips, manifest.notes)


def write_clips(
    path: Path,
    clips: Sequence[ManifestClip],
    notes: ManifestNotes,
    more: pa.Schema = _NO_MORE,
    values: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write a file whose first columns are those of a manifest, one row per clip.

    Args:
        path: the file.
        clips: the rows.
        notes: the file's metadata.
        more: schema of the additional columns.
        values: values of the additional columns, one per clip.

    Raises:
        SourceError: two clips have the same id.
        StorageError: the file cannot be written.
    """
    require_distinct_ids(clips, path)
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
    noted = json.dumps(notes.as_json(), ensure_ascii=False).encode("utf-8", "backslashreplace")
    schema = pa.schema([*_SCHEMA, *more], metadata={_NOTES: noted})
    with writing(path) as partial:
        pq.write_table(pa.table(columns, schema=schema), partial)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest of any origin. If there is a column `kept`, return only the rows where it is true.

    Raises:
        SourceError: the file cannot be read, or a row is not a valid clip; the message names the row.
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


def read_clips(path: Path, more: pa.Schema = _NO_MORE, *, made_by: str = _CURATE) -> ClipsFile:
    """Read a file that `write_clips` wrote.

    Args:
        path: the file.
        more: schema of the required additional columns.
        made_by: the command that writes such files, for messages.

    Raises:
        SourceError: the file cannot be read, or a row is not a valid clip; the message names the row.
    """
    return _clips_of(_read_table(path, made_by), path, more, made_by)


def _read_table(path: Path, made_by: str) -> pa.Table:
    if not path.is_file():
        raise SourceError(f"{path}: no such file; expected a file written by `{made_by}`")
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _unreadable(path, error, made_by) from error


def _clips_of(table: pa.Table, path: Path, more: pa.Schema, made_by: str) -> ClipsFile:
    try:
        missing = {*_SCHEMA.names, *more.names} - {"youtube_id", "url"} - set(table.schema.names)
        if missing:
            found = ", ".join(table.schema.names)
            raise SourceError(f"{path}: no column {', '.join(sorted(missing))}; found {found}")
        notes = parse_json((table.schema.metadata or {}).get(_NOTES, b"{}"))
        columns = [f for f in _SCHEMA if f.name in table.schema.names]
        rows = table.select([f.name for f in columns]).cast(pa.schema(columns)).to_pylist()
        asked = table.select(more.names).cast(more).to_pydict()
    except (pa.ArrowException, ValueError) as error:
        raise _unreadable(path, error, made_by) from error
    if not rows:
        raise SourceError(f"{path}: contains no clips")
    clips = [_clip(row, path, k) for k, row in enumerate(rows)]
    require_distinct_ids(clips, path)
    where = f"{path}, its metadata {_NOTES.decode()}"
    read = ManifestNotes.from_json(notes, where=where, made_by=made_by, error=SourceError)
    return ClipsFile(clips, read, table.schema.names, asked)


def _unreadable(path: Path, error: Exception, made_by: str) -> SourceError:
    return SourceError(f"{path}: cannot be read ({error}); expected a Parquet file written by `{made_by}`")


def _clip(row: Mapping[str, Json], path: Path, index: int) -> ManifestClip:
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
