"""List the clips of a source: synthetic clips, a folder, or a manifest with a folder of its clips."""

import csv
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mma_bench.audioset.fetching.attrition import read_records
from mma_bench.benchmark.classes import class_name
from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import ClipProblem, OptionsError, SourceError
from mma_bench.core.files import unreadable
from mma_bench.core.repo_id import names_a_repository
from mma_bench.manifest.funnel import LATER_STEPS
from mma_bench.manifest.manifest import MANIFEST, find_manifest, read_manifest
from mma_bench.sources.clips import DroppedClip, Listing, SourceClip
from mma_bench.verification.votes import holds_votes

# Suffixes of files to skip. Any other file is treated as a clip, and dropped with a reason if it is not one.
_NOT_CLIPS = frozenset({".csv", ".json", ".md", ".txt", ".srt", ".vtt", ".jpg", ".jpeg", ".png", ".webp", ".part"})


def list_source(
    source: str,
    *,
    clips: Path | None,
    seed: int,
    limit: int | None,
    size: int | None,
    seconds: float,
    splits: Sequence[str],
) -> Listing:
    """List the clips of a source without reading them.

    Args:
        source: `synthetic`, a folder of clips, or a manifest (a Parquet file, a dataset folder or `org/name`).
        clips: the folder that contains the clips of a manifest; None for other sources.
        seed: seed of synthetic clips. This and the following arguments apply to synthetic clips only.
        limit: number of clips per split; None for the default.
        size: width and height in pixels; None for the default.
        seconds: length of each clip in seconds.
        splits: splits to list.

    Raises:
        OptionsError: `clips` is missing for a manifest, or given for another source.
        SourceError: the source does not exist or has no clips.
    """
    path = Path(source).expanduser()
    is_folder = os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises if a name is too long
    manifest = path.suffix == ".parquet" or (is_folder and (path / MANIFEST).is_file()) or names_a_repository(source)
    if clips is None and names_a_repository(source):
        raise SourceError(
            f"--source {source}: no such folder or file; if it is a dataset on the Hub, add --clips "
            "with the folder filled by `mma-bench fetch`"
        )
    if clips is None and manifest:
        raise OptionsError(f"--source {source}: is a manifest; add --clips with the folder filled by `mma-bench fetch`")
    if clips is not None and not manifest:
        raise OptionsError(
            f"--clips {clips}: only for a manifest such as {MANIFEST}, but --source is {source}; omit --clips, or pass "
            "the manifest"
        )
    if clips is not None:
        return list_curated(find_manifest(source), clips.expanduser())
    if source == "synthetic":
        from mma_bench.sources.synthetic.drawing import list_synthetic

        return list_synthetic(seed=seed, per_split=limit, size=size, seconds=seconds, splits=splits)
    if not is_folder:
        raise SourceError(f"--source {source}: no such folder; check the path, or pass synthetic or a manifest")
    return list_folder(path)


def list_curated(manifest_file: Path, clips: Path) -> Listing:
    """List the clips of a manifest that have a file in `clips`; drop the others with the reason recorded by `fetch`.

    Raises:
        SourceError: the manifest cannot be read, or none of its clips has a file in the folder.
    """
    manifest = read_manifest(manifest_file)
    if holds_votes(manifest):
        raise SourceError(
            f"{manifest_file}: contains one annotator's votes; combine two such files with "
            f"`mma-bench consensus {manifest_file} ANOTHER.parquet`"
        )
    if not clips.is_dir():
        raise SourceError(
            f"--clips {clips}: no such folder; check the path, or download the clips with "
            f"`mma-bench fetch {manifest_file} --out {clips}`"
        )
    records = read_records(clips)
    listed, dropped = list[SourceClip](), list[DroppedClip]()
    for clip in manifest.clips:
        media, record = clips / clip.file, records.get(clip.clip_id)
        if media.is_file():
            # Without an end, which is taken from the file: a recording may end before the clip does.
            start = clip.start_seconds
            listed.append(SourceClip(clip.clip_id, clip.class_name, clip.split, media, clip.youtube_id, start))
        elif record is not None and record.status == "lost" and record.reason:
            problem, detail = record.reason, record.detail
            dropped.append(DroppedClip(clip.clip_id, problem, detail, clip.split, clip.class_name, clip.file))
        else:
            detail = f"{clip.file} is not in the folder; `mma-bench fetch` gets it"
            dropped.append(DroppedClip(clip.clip_id, "missing_file", detail, clip.split, clip.class_name, clip.file))
    if not listed:
        raise SourceError(
            f"--clips {clips}: contains none of the {len(manifest.clips):,} clips of {manifest_file}, such as "
            f"{manifest.clips[0].file}; fill it with `mma-bench fetch {manifest_file} --out {clips}`"
        )
    funnel = manifest.funnel
    # Clips lost after a later step are listed in attrition.csv; counted here, they would appear lost in the download.
    if not any(funnel.has(step) for step in LATER_STEPS):
        funnel = funnel.followed_by("fetched", ((c.split, c.class_name) for c in listed))
    return Listing(listed, dropped, root=clips, funnel=funnel, manifest=manifest)


def list_folder(folder: Path) -> Listing:
    """List the clips of a folder, sorted by id.

    If the folder has a `clips.csv`, each of its rows is a clip, with the columns `file` (relative to the folder) and
    `class`, and optionally `split`, `id`, `youtube_id`, `start_seconds` and `end_seconds`. Otherwise each file in a
    folder `CLASS` or `SPLIT/CLASS` is a clip.

    Raises:
        SourceError: the folder has no clips, or clips.csv is malformed.
    """
    table = folder / "clips.csv"
    try:
        found = list(_from_table(folder, table) if table.is_file() else _from_subfolders(folder))
    except OSError as error:
        raise unreadable(error.filename or folder, error) from error
    except csv.Error as error:
        raise SourceError(f"{table}: malformed ({error}); save it again as CSV") from error
    if not found:
        raise SourceError(
            f"{table if table.is_file() else folder}: no clips; expected one subfolder per class with clips in it, or "
            "a clips.csv with the columns file,class[,split] and a row per clip"
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
            file = _shown_name(path.relative_to(folder).as_posix())
            detail = f"{file} lies beside the folders of the classes; move it into one"
            yield DroppedClip(_id(file), "missing_class", detail, split, file=file)
        for class_folder in (t for t in _visible(top) if t.is_dir()):
            for path in _visible(class_folder):
                if path.suffix.lower() not in _NOT_CLIPS:
                    yield _in_class_folder(folder, path, class_folder.name, split)


def _in_class_folder(folder: Path, path: Path, label: str, split: Split) -> SourceClip | DroppedClip:
    file = path.relative_to(folder).as_posix()
    shown = _shown_name(file)
    if path.is_dir():
        problem: ClipProblem = "not_a_file"
        detail = f"{shown} is a folder inside that of a class; move its clips up into the folder of the class"
    elif shown != file:
        problem, detail = "unreadable", f"{shown}: its name is not UTF-8, so it cannot be listed; rename it"
    else:
        return _clip(folder, path, label, split)
    return DroppedClip(_id(shown), problem, detail, split, _shown_name(label), shown)


def _shown_name(name: str) -> str:
    r"""Return a file name that can be written: bytes that are not UTF-8 as \xHH."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _from_table(folder: Path, table: Path) -> Iterator[SourceClip | DroppedClip]:
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
        reader = csv.DictReader(lines)
        missing = {"file", "class"} - set(reader.fieldnames or ())
        if missing:
            found = ", ".join(reader.fieldnames or ()) or "no header"
            raise SourceError(
                f"{table}: missing columns: {', '.join(sorted(missing))}; expected file,class[,split], found {found}"
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
        raise SourceError(f"{where}: invalid {column} {cell[column]!r}; expected seconds from 0 on, such as 30.0")
    return seconds
