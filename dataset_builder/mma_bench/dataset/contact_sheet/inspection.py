"""Draw the contact sheet of a clip, a row or a media file as a PNG."""

import difflib
import warnings
from collections import Counter
from pathlib import Path

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.schema import Row
from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.core.files import writing
from mma_bench.dataset.contact_sheet.panel import panel_of_file, panel_of_row
from mma_bench.dataset.contact_sheet.sheet import contact_sheet
from mma_bench.dataset.export import file_stem
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import DataFolderError, Shard, stored_rows

_WORK = ("mma_bench.dataset.contact_sheet.panel",)
_MEDIA_SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".flv", ".mpg", ".wmv", ".gif", ".ogv"}


def inspect(what: str, *, data: Path = Path("mma-bench"), out: Path | None = None) -> Path:
    """Draw a contact sheet of a clip in all its conditions, a row, or a media file; return the path of the PNG.

    Args:
        what: a clip id, a row id, or the path of a media file.
        data: a dataset folder written by `mma-bench build`; not read if `what` is a media file.
        out: the file to write; by default `<id>.png` or `<file>.sheet.png` in the current directory.

    Raises:
        DataFolderError: `data` is not a complete dataset, or has no such clip or row.
        ClipError: the media file cannot be read.
        StorageError: `out` cannot be written.
    """
    path = _recording(what)
    # `<file>.png` may already exist beside a recording.
    target = out or Path(f"{file_stem(f'{path.stem}.sheet' if path else what)}.png")
    # Recordings are decoded in a process of their own, whose crash costs no more than a message.
    with WorkerPool(1, imports=_WORK) as reader, warnings.catch_warnings():
        # Glyphs without an installed font are drawn as boxes; matplotlib would warn about each of them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        if path:
            panels = [reader.result(panel_of_file, (path,), name=str(path))]
            title, subtitle = path.name, f"{panels[0].video_seconds:.1f} s · in no dataset"
        else:
            found = find(open_built(data), what)
            panels = [reader.result(panel_of_row, each, name=each[0].id) for each in found]
            title, length = what, f"{panels[0].video_seconds:.1f} s"
            (row, split, _), *_ = found
            subtitle = f"{row.visual_class} · {length} · {split} · colour marks what a condition changes"
        figure = contact_sheet(panels, title, subtitle)
        with writing(target) as partial:
            figure.savefig(partial, format="png", dpi=figure.dpi, facecolor=figure.get_facecolor())
    return target


def find(dataset: BuiltDataset, wanted: str) -> list[tuple[Row, Split, int]]:
    """Find a row by id, or a clip's first row in each condition, with its split and the number of rows it stands for.

    Raises:
        DataFolderError: there is no such row or clip; the message names similar ids.
    """
    places: dict[str, tuple[Shard, int]] = {}
    alike: Counter[str] = Counter()
    known: dict[str, None] = {}
    for shard in dataset.shards:
        for number, record in enumerate(stored_rows(shard, ["id", "clip_id"])):
            if record["id"] == wanted:
                return [(dataset.row(shard, number), shard.split, 1)]
            if record["clip_id"] == wanted:
                places.setdefault(shard.condition, (shard, number))
                alike[shard.condition] += 1
            known.update({record["clip_id"]: None, record["id"]: None})
    if not places:
        near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
        example = f"ids look like {next(iter(known))}" if known else "the dataset has no rows"
        hint = f"closest ids: {', '.join(near)}" if near else example
        raise DataFolderError(
            f"{dataset.folder}: no clip or row has the id {wanted!r} (columns clip_id and id); {hint}"
        )
    return [(dataset.row(shard, number), shard.split, alike[c]) for c, (shard, number) in places.items()]


def _recording(what: str) -> Path | None:
    path = Path(what)
    try:
        if path.exists() and not path.is_dir():
            return path
    except OSError:  # the name is not valid in this file system
        return None
    if path.suffix.lower() in _MEDIA_SUFFIXES:
        raise ClipError(path, "missing_file", "no such file; check the path, or pass the id of a clip or row")
    return None
