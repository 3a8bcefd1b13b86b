"""From an id, or a file, to a picture on disk."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_bench.builder.files import writing
from mma_bench.built import BuiltDataset, DataFolderError, Shard, open_built, records
from mma_bench.contact_sheet.from_file import panel_of_file
from mma_bench.contact_sheet.from_row import panel_of_row
from mma_bench.contact_sheet.panel import Panel
from mma_bench.contact_sheet.sheet import contact_sheet
from mma_bench.errors import ClipError
from mma_bench.export import file_stem
from mma_bench.schema import Row

_MEDIA_SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".flv", ".mpg", ".wmv", ".gif", ".ogv"}


def inspect(what: str, *, data: Path = Path("mma-bench"), out: Path | None = None) -> Path:
    """Draw a clip in all its conditions, one row, or a media file, and return the path of the PNG.

    Args:
        what: a clip id, a row id, or the path of a recording.
        data: the dataset, as `mma-bench build` made it; not read for a recording.
        out: the file to write; by default `<id>.png` in the current directory.

    Raises:
        DataFolderError: `data` holds no complete dataset, or no such id.
        ClipError: a recording cannot be read.
        StorageError: `out` cannot be written.
    """
    path = _recording(what)
    if path is not None:
        figure = contact_sheet([panel_of_file(path)], path.name)
    else:
        found = find(open_built(data), what)
        panels = [panel_of_row(f.row, f.split, alike=f.alike) for f in found]
        figure = contact_sheet(panels, what, _subtitle(found[0], panels))
    target = out or Path(f"{file_stem(path.stem if path else what)}.png")
    with writing(target) as partial:
        figure.savefig(partial, format="png", dpi=figure.dpi, facecolor=figure.get_facecolor())
    return target


@dataclass(frozen=True)
class Found:
    """A row that was looked for."""

    row: Row
    split: str
    alike: int
    """How many rows of its condition its clip has."""


def find(dataset: BuiltDataset, wanted: str) -> list[Found]:
    """The row with that id, or the first row of each condition of the clip with that id.

    Raises:
        DataFolderError: there is neither; the message names the ids that come closest.
    """
    places: dict[str, tuple[Shard, str]] = {}
    alike: Counter[str] = Counter()
    known: dict[str, None] = {}
    for shard in dataset.shards:
        for record in records(shard, ["id", "clip_id"]):
            if record["id"] == wanted:
                return [Found(_row(dataset, shard, wanted), shard.split, 1)]
            if record["clip_id"] == wanted:
                places.setdefault(shard.condition, (shard, record["id"]))
                alike[shard.condition] += 1
            known.update({record["clip_id"]: None, record["id"]: None})
    if not places:
        raise DataFolderError(_unknown(dataset.folder, wanted, list(known)))
    return [Found(_row(dataset, shard, row_id), shard.split, alike[c]) for c, (shard, row_id) in places.items()]


def _recording(what: str) -> Path | None:
    path = Path(what)
    try:
        if path.exists() and not path.is_dir():
            return path
    except OSError:  # no file system takes a name like that
        return None
    if path.suffix.lower() in _MEDIA_SUFFIXES:
        raise ClipError(path, "missing_file", "no such file; give a recording, or an id of the dataset in --data")
    return None


def _row(dataset: BuiltDataset, shard: Shard, row_id: str) -> Row:
    return next(row for row in dataset.rows(shard) if row.id == row_id)


def _unknown(folder: Path, wanted: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"the closest are {', '.join(near)}" if near else f"ids look like {known[0]}" if known else "it is empty"
    return f"{folder}: no clip or row {wanted!r}; {hint}. Ids are in the columns clip_id and id"


def _subtitle(found: Found, panels: Sequence[Panel]) -> str:
    seconds = f"{panels[0].picture_seconds:.1f} s"
    return f"{found.row.visual_class} · {seconds} · {found.split} · colour marks what a condition changes"
