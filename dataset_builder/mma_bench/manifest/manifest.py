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
"""Name of the manifest file in a dataset that was built from a manifest."""

# Column names, each with the field of `ManifestClip` that the column stores.
_FIELDS = {
    **{"id": "clip_id", "youtube_id": "youtube_id", "url": "url", "start_seconds": "start_seconds"},
    **{"end_seconds": "end_seconds", "class": "class_name", "split": "split"},
}
_SCHEMA = pa.schema([(name, pa.float64() if name.endswith("_seconds") else pa.string()) for name in _FIELDS])
_NOTES = b"mma_bench"
_NO_MORE = pa.schema([])
_KEPT = pa.schema([("kept", pa.bool_())])


class ManifestNotes(Record):
    """Provenance of a manifest, stored in the file's metadata. Each command adds its notes and keeps earlier ones.

    The command that adds a note is given in parentheses."""

    schema_: int | None = Field(None, alias="schema")
    """Version of this format."""
    mma_bench: Text | None = None
    """Version of the package that wrote the manifest."""
    readings: Json = None
    """Interpretation of the paper's ambiguous rules (`curate`)."""
    sha256: dict[str, str] | None = None
    """SHA-256 of each input file, by name (`curate`)."""
    published_list: Json = None
    """Name and SHA-256 of the published JSON list (`import`)."""
    segments: dict[str, str] | None = None
    """SHA-256 of each AudioSet list used to look up missing times, by name (`import`)."""
    recognised: dict[str, str] | None = None
    """Field of the published list from which each value was read (`import`)."""
    merged: int | None = None
    """Number of entries that repeated a clip (`import`)."""
    unreadable: int | None = None
    """Number of places in the list that could not be read (`import`)."""
    funnel: Funnel | None = None
    """Number of clips left after each selection step; None if unknown."""
    checks: Json = None
    """The judge model, its yes rates, and an assessment of them (`check`)."""
    review: Json = None
    """Annotator, splits and criteria of the votes in the file (`review`)."""
    consensus: Json = None
    """Agreement between the annotators (`consensus`)."""


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
    """Content of a manifest, or of a file that extends a manifest with additional columns."""

    clips: Sequence[ManifestClip]
    notes: ManifestNotes
    columns: Sequence[str]
    """Names of all columns of the file."""
    values: Mapping[str, Sequence[Any]]
    """Values of the requested additional columns, by name."""


def find_manifest(where: str) -> Path:
    """Resolve a manifest reference (a Parquet file, or a dataset built from a manifest) to a local path.

    A dataset is a folder, or `org/name` on the Hub with an optional `@revision`, whose manifest is downloaded.

    Raises SourceError if there is no such manifest.
    """
    path = Path(where).expanduser()
    if path.is_dir():
        path = path / MANIFEST
    if path.is_file():
        return path
    if not names_a_repository(where):
        raise SourceError(f"{path}: no such file; check the path, or pass a dataset on the Hub such as org/mma-bench")
    from huggingface_hub import hf_hub_download

    try:
        name, revision = with_revision(where)
        return Path(hf_hub_download(name, MANIFEST, repo_type="dataset", revision=revision))
    except Exception as error:  # the Hub's client also raises errors of its HTTP library
        raise SourceError(
            f"{where}: no such file, and {MANIFEST} cannot be downloaded from the Hub ({first_line(error)}); check the "
            "name and the connection"
        ) from error


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest to a Parquet file. Equal manifests give identical files.

    Raises:
        SourceError: two ids are equal or differ only in case.
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
    """Write clips to a Parquet file, one row per clip, with `notes` as metadata and optional additional columns.

    `more` is the schema of the additional columns; `values` contains their values by column name, one per clip.

    Raises:
        SourceError: two ids are equal or differ only in case.
        StorageError: the file cannot be written.
    """
    require_distinct_ids(clips, path)
    columns = {
        **{name: [getattr(clip, field) for clip in clips] for name, field in _FIELDS.items()},
        **(values or {}),
    }
    noted = json.dumps(notes.as_json(), ensure_ascii=False).encode("utf-8", "backslashreplace")
    schema = pa.schema([*_SCHEMA, *more], metadata={_NOTES: noted})
    with writing(path) as partial:
        pq.write_table(pa.table(columns, schema=schema), partial)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest. If the file has a column `kept`, return only the clips for which it is true.

    Raises SourceError if the file cannot be read, or a row is not a valid clip; the message names the row.
    """
    found = read_clips(path, optional=_KEPT)
    kept = found.values.get("kept", [True] * len(found.clips))
    clips = [clip for clip, counts in zip(found.clips, kept, strict=True) if counts]
    if not clips:
        raise SourceError(f"{path}: none of its {len(kept):,} clips is kept; its column `reason` says why")
    return Manifest(clips, found.notes)


def read_clips(
    path: Path, more: pa.Schema = _NO_MORE, *, optional: pa.Schema = _NO_MORE, made_by: str = "mma-bench curate"
) -> ClipsFile:
    """Read a file written by `write_clips`.

    `more` is the schema of required additional columns, `optional` that of columns that may be missing; messages name
    the command `made_by`, which writes such files.

    Raises SourceError if the file cannot be read, or a row is not a valid clip; the message names the row.
    """
    if not path.is_file():
        raise SourceError(f"{path}: no such file; check the path, or write it with `{made_by}`")
    try:
        # Given a path, pyarrow opens the file twice and mixes two versions of one that is replaced in between.
        table = pq.read_table(pa.BufferReader(path.read_bytes()))
        present = table.schema.names
        if missing := {*_SCHEMA.names, *more.names} - {"youtube_id", "url", *present}:
            found = f"no column {', '.join(sorted(missing))}; found {', '.join(present)}"
            raise SourceError(f"{path}: {found}; expected a file written by `{made_by}`")
        notes = parse_json((table.schema.metadata or {}).get(_NOTES, b"{}"))
        columns = [column for column in _SCHEMA if column.name in present]
        asked = [column for column in (*more, *optional) if column.name in present]
        values = table.select([column.name for column in asked]).cast(pa.schema(asked)).to_pydict()
        rows = table.select([column.name for column in columns]).cast(pa.schema(columns)).to_pylist()
    except (OSError, pa.ArrowException, ValueError) as error:
        raise SourceError(
            f"{path}: cannot be read ({error}); expected a Parquet file written by `{made_by}`"
        ) from error
    if not rows:
        raise SourceError(f"{path}: contains no clips; expected at least one row")
    clips = [_clip(row, f"{path} row {index}") for index, row in enumerate(rows)]
    require_distinct_ids(clips, path)
    where = f"{path}, its metadata {_NOTES.decode()}"
    read = ManifestNotes.from_json(notes, where=where, made_by=made_by, error=SourceError)
    return ClipsFile(clips, read, present, values)


def _clip(row: Mapping[str, Json], where: str) -> ManifestClip:
    empty = next((name for name in ("id", "class", "split", "start_seconds", "end_seconds") if row[name] is None), None)
    if empty:
        raise SourceError(f"{where}: {empty} is empty; expected a value for every clip")
    try:
        return ManifestClip(**{_FIELDS[name]: value for name, value in row.items()})
    except ValueError as error:
        raise SourceError(f"{where}: {error}") from error
