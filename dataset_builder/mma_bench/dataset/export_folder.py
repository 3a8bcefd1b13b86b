"""Claim an export folder: one writer, one content, complete once its last file exists."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import file_sha256, storage_errors, write_bytes, write_text
from mma_bench.core.records import Json
from mma_bench.core.workfolder import WorkFolder, sole_writer

MARKER = ".mma-export.json"
"""Written first; states the format and the rows of the export."""

_LOCK = "mma-export"
_DIGEST = "[0-9a-f]" * 64


@dataclass(frozen=True)
class Layout:
    """The files of an export format."""

    last: str
    """Written last: its presence marks a complete export."""
    others: tuple[str, ...]
    """Patterns of all other files; an export of other rows removes the files that match them."""


LAYOUTS: Mapping[str, Layout] = {
    "mp4": Layout("rows.csv", tuple(f"{c}/{s}/*.mp4" for c in CONDITIONS for s in SPLITS)),
    "llamafactory": Layout(
        "dataset_info.json",
        (
            *(f"{split}.jsonl" for split in SPLITS),
            "train_qwen2_5_omni.yaml",
            f"videos/{_DIGEST}.mp4",
            f"audios/{_DIGEST}.flac",
        ),
    ),
    "lmms-eval": Layout(
        "mma_bench.yaml",
        (
            *(f"mma_bench_{c}_{p}.yaml" for c in CONDITIONS for p in PROMPTS),
            "_task_yaml",
            "_data_yaml",
            *(f"{module}.py" for module in ("rows", "media", "scores")),
            "mma_accuracy/*.py",
        ),
    ),
}


@contextmanager
def claimed(out: Path, content: Mapping[str, Json], *, overwrite: bool) -> Iterator[None]:
    """Lock a folder for an export; resume the export in it or replace it.

    Args:
        out: the folder, which need not exist.
        content: inputs that determine the files, with a `format` from `LAYOUTS`. An export of equal content resumes.
        overwrite: accept a folder with other content. Files of another export are removed, other files are kept.

    Raises:
        OptionsError: `out` is a file, has other content, or is being written by another process.
        StorageError: the disk is full or refuses writing.
    """
    folder = WorkFolder(out, "mma-bench export", MARKER)
    with storage_errors(out):
        if not overwrite:
            folder.require_ours(remedy="choose another --out, or add --overwrite to write into it anyway")
            if folder.is_ours:
                folder.require_same(content, folder.content(), what="an export of rows")
        elif out.exists() and not out.is_dir():
            raise OptionsError(f"{out} is a file; choose another --out")
        with sole_writer(out / _LOCK):
            _remove_outdated(folder, content)
            write_text(out / MARKER, json.dumps(dict(content), indent=1) + "\n")
            yield


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write a file unless it already contains these bytes; return whether it was written."""
    same_size = path.exists() and path.stat().st_size == len(data)
    if same_size and file_sha256(path) == hashlib.sha256(data).hexdigest():
        return False
    write_bytes(path, data)
    return True


def _remove_outdated(folder: WorkFolder, content: Mapping[str, Json]) -> None:
    """Remove partial files, and all files of an export with other content; only in a folder with our marker."""
    there = folder.content()
    layout = LAYOUTS.get(str(there.get("format"))) if there else None
    for pattern in (layout.last, *layout.others) if layout else ():
        outdated = [*folder.path.glob(f"{pattern}.part-*"), *(folder.path.glob(pattern) if there != content else ())]
        for file in outdated:
            file.unlink()
