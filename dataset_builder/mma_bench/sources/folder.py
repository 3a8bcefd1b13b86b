"""List a folder of clips: one subfolder per class, or a clips.csv with file,class[,split]."""

import csv
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mma_bench.benchmark.classes import class_name
from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import SourceError
from mma_bench.sources.clips import DroppedClip, Listing, SourceClip

# Suffixes of files to skip. Any other file is treated as a clip, and dropped with a reason if it is not one.
_NOT_CLIPS = frozenset({".csv", ".json", ".md", ".txt", ".srt", ".vtt", ".jpg", ".jpeg", ".png", ".webp", ".part"})


def list_folder(folder: Path) -> Listing:
    """List the clips of a folder, sorted by id.

    With a `clips.csv`, each row is a clip: `file` (relative to the folder) and `class`, optionally `split`, `id`,
    `youtube_id`, `start_seconds`, `end_seconds`. Otherwise each file is one: `CLASS/clip.mp4` or
    `SPLIT/CLASS/clip.mp4`.

    Raises:
        SourceError: the folder has no clips, or clips.csv is malformed.
    """
    table = folder / "clips.csv"
    try:
        found = list(_from_table(folder, table) if table.is_file() else _from_subfolders(folder))
    except (OSError, csv.Error) as error:
        raise SourceError(f"{folder}: cannot be read ({error}); expected folders of clips or a clips.csv") from error
    if not found:
        raise SourceError(
            f"{folder}: no clips; expected one subfolder per class with clips in it, or a clips.csv with the columns "
            "file,class[,split]"
        )
    clips: dict[str, SourceClip] = {}
    dropped: list[DroppedClip] = []
    for clip in found:
        if isinstance(clip, DroppedClip):
            dropped.append(clip)
            continue
        # Files are named by id, and some file systems ignore case.
        if (first := clips.setdefault(clip.clip_id.casefold(), clip)) is not clip:
            file, other = (Path(str(c.media)).relative_to(folder).as_posix() for c in (clip, first))
            detail = f"{file} has the same id as {other}; rename one of them, or give it an id in clips.csv"
            dropped.append(DroppedClip(clip.clip_id, "duplicate_id", detail, clip.split, clip.class_name, file))
    return Listing(sorted(clips.values(), key=lambda c: c.clip_id), dropped, root=folder)


def _from_subfolders(folder: Path) -> Iterator[SourceClip | DroppedClip]:
    by_split: list[tuple[Split, Path]] = [(s, folder / s) for s in SPLITS if (folder / s).is_dir()]
    if not by_split or any(t.is_dir() and t.name not in SPLITS for t in _visible(folder)):
        by_split = [("test", folder)]
    for split, top in by_split:
        for path in (p for p in _visible(top) if p.is_file() and p.suffix and p.suffix.lower() not in _NOT_CLIPS):
            file = path.relative_to(folder).as_posix()
            detail = f"{file} lies beside the folders of the classes; move it into one"
            yield DroppedClip(_id(file), "missing_class", detail, split, file=file)
        for class_folder in (t for t in _visible(top) if t.is_dir()):
            for path in _visible(class_folder):
                if path.suffix.lower() not in _NOT_CLIPS:
                    yield _clip(folder, path, class_folder.name, split)


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _from_table(folder: Path, table: Path) -> Iterator[SourceClip | DroppedClip]:
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
        reader = csv.DictReader(lines)
        missing = {"file", "class"} - set(reader.fieldnames or ())
        if missing:
            found = ", ".join(reader.fieldnames or ()) or "no header"
            raise SourceError(
                f"{table}: expected the columns file,class[,split]; missing {', '.join(sorted(missing))}, found {found}"
            )
        for row in reader:
            yield _from_table_row(folder, row, f"{table.name} line {reader.line_num}")


def _from_table_row(folder: Path, row: dict[str, str | None], where: str) -> SourceClip | DroppedClip:
    cell = {k: (v or "").strip() for k, v in row.items() if isinstance(k, str) and not isinstance(v, list)}
    split = next((s for s in SPLITS if s == (cell.get("split") or "test")), None)
    if split is None:
        raise SourceError(f"{folder / where}: unknown split {cell['split']!r}; expected one of {', '.join(SPLITS)}")
    file = cell["file"]
    if not file:
        return DroppedClip(where, "missing_file", f"{where}: no file; name one or drop the row", split)
    path = folder / file
    if ".." in Path(file).parts or not _is_inside(path, folder):
        # The entry itself is left out, since attrition.csv is published.
        detail = f"{where}: the file lies outside the folder; copy it into it"
        return DroppedClip(where, "outside_folder", detail, split)
    clip = _clip(folder, path, cell["class"], split, where)
    if isinstance(clip, DroppedClip):
        return clip
    return replace(
        clip,
        clip_id=_id(cell.get("id") or "") or clip.clip_id,
        youtube_id=cell.get("youtube_id") or None,
        start_seconds=_seconds(cell, "start_seconds", where) or 0.0,
        end_seconds=_seconds(cell, "end_seconds", where),
    )


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # an invalid file name, or circular symlinks
        return False


def _clip(folder: Path, path: Path, label: str, split: Split, where: str = "") -> SourceClip | DroppedClip:
    clip_id = _id(PurePosixPath(path.relative_to(folder)).with_suffix("").as_posix())
    try:
        return SourceClip(clip_id, class_name(label), split, path)
    except ValueError:
        file = path.relative_to(folder).as_posix()
        detail = f"{where or file}: class {label!r}; expected a name such as Frying_food, without ,.{{}} or quotes"
        return DroppedClip(clip_id, "missing_class", detail, split, file=file)


def _id(text: str) -> str:
    """Convert a path to an id that is usable as a file name."""
    return "-".join(part for part in text.replace("\\", "/").split("/") if part not in {"", ".", ".."})


def _seconds(cell: dict[str, str], column: str, where: str) -> float | None:
    if not cell.get(column):
        return None
    try:
        seconds = float(cell[column])
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise SourceError(f"{where}: invalid {column} {cell[column]!r}; expected seconds such as 30.0")
    return seconds
