"""Export each row as an mp4, with a table of the rows; lock, mark and resume the folder of an export in any format."""

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.benchmark.schema import MEDIA_COLUMNS, Row
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import file_sha256, storage_errors, write_bytes, write_text, writing
from mma_bench.core.records import Json
from mma_bench.core.workfolder import WorkFolder, sole_writer
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import DataFolderError, Shard, stored_rows

MARKER = ".mma-export.json"
"""Name of the file that is written first; it states the format and the rows of the export."""

_DIGEST = "[0-9a-f]" * 64


@dataclass(frozen=True)
class Layout:
    """The files of an export format."""

    last: str
    """Name of the file that is written last; its presence marks a complete export."""
    others: tuple[str, ...]
    """Patterns of all other files; an export with other content removes the files that match them."""


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

TABLE = LAYOUTS["mp4"].last
"""Name of the table of rows, which is written last; its presence marks a complete export."""
_FIELDS = [f.name for f in fields(Row) if f.name not in MEDIA_COLUMNS]

# Path separators, characters that Windows forbids, and control characters.
_UNSAFE = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
# Leaves room for the suffixes of a partial file within the 255 bytes that file systems allow.
_STEM_BYTES = 200


def export_mp4(
    data: Path,
    out: Path,
    *,
    conditions: Sequence[str] | None = None,
    splits: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[int, int]:
    """Write each row's mp4 unchanged to `out/<condition>/<split>/<id>.mp4`, and a table of rows to `out/rows.csv`.

    Existing files with the same content are kept, so an interrupted export resumes.

    Args:
        data: a dataset folder written by `mma-bench build`.
        out: the folder to write.
        conditions: the conditions to export; None means all.
        splits: the splits to export; None means all.
        overwrite: accept a folder with other content. Clips of another export are removed, other files are kept.
        progress: called with the numbers of finished and total rows.

    Returns:
        The number of mp4 files written, and the number kept.

    Raises:
        DataFolderError: `data` is not a complete dataset, or two row ids need the same file name.
        OptionsError: `out` has other content, or the dataset has no such condition or split.
        StorageError: the disk is full or cannot be written to.
    """
    dataset = open_built(data)
    shards = dataset.select(conditions, splits)
    _require_distinct_names(shards)
    content = {
        "format": "mp4",
        "dataset_digest": dataset.digest,
        "conditions": list(dict.fromkeys(s.condition for s in shards)),
        "splits": list(dict.fromkeys(s.split for s in shards)),
    }
    with claimed(out, content, overwrite=overwrite):
        return _write(dataset, shards, out, progress)


def file_stem(row_id: str) -> str:
    """Convert an id to a safe file name, without suffix or path separators.

    >>> file_stem("../../etc/passwd"), file_stem("dog 1.misaligned.3")
    ('_.._etc_passwd', 'dog 1.misaligned.3')
    """
    stem = _UNSAFE.sub("_", row_id).lstrip(". ").rstrip(". ")
    return stem.encode()[:_STEM_BYTES].decode(errors="ignore") or "_"


def _write(
    dataset: BuiltDataset, shards: Sequence[Shard], out: Path, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    total, new, done = sum(s.rows for s in shards), 0, 0
    with writing(out / TABLE) as partial, partial.open("w", newline="", encoding="utf-8") as lines:
        table = csv.DictWriter(lines, [*_FIELDS, "split", "file"])
        table.writeheader()
        progress(0, total)
        for shard in shards:
            for row in dataset.rows(shard):
                file = f"{shard.condition}/{shard.split}/{file_stem(row.id)}.mp4"
                new += write_if_changed(out / file, row.video)
                done += 1
                table.writerow({**{name: getattr(row, name) for name in _FIELDS}, "split": shard.split, "file": file})
                progress(done, total)
    return new, done - new


def _require_distinct_names(shards: Sequence[Shard]) -> None:
    owner: dict[tuple[str, str, str], str] = {}
    for shard in shards:
        for record in stored_rows(shard, ["id"]):
            # On file systems that ignore case, the second file would replace the first.
            key = (shard.condition, shard.split, file_stem(record["id"]).casefold())
            if key in owner:
                raise DataFolderError(
                    f"{shard.path}: rows {owner[key]!r} and {record['id']!r} need the same file name, {key[2]}.mp4; "
                    "rename one of the clips and build again"
                )
            owner[key] = record["id"]


@contextmanager
def claimed(out: Path, content: Mapping[str, Json], *, overwrite: bool) -> Iterator[None]:
    """Lock the folder of an export for the duration of the block, and first remove outdated files from it.

    Args:
        out: the folder, which need not exist.
        content: inputs that determine the files, and a `format` from `LAYOUTS`. An export of equal content resumes.
        overwrite: accept a folder with other content. Files of another export are removed, other files are kept.

    Raises:
        OptionsError: `out` is a file, has other content, or is being written by another process.
        StorageError: the disk is full or cannot be written to.
    """
    folder = WorkFolder(out, "mma-bench export", MARKER)
    with storage_errors(out):
        if not overwrite:
            folder.require_ours(remedy="choose another --out, or add --overwrite to write into it anyway")
            if folder.is_ours:
                folder.require_same(content, folder.content(), what="an export of rows")
        elif out.exists() and not out.is_dir():
            raise OptionsError(f"{out} is a file; choose another --out")
        with sole_writer(out / "mma-export", out):
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
    """Remove an earlier export's partial files, and all of its files if it had other content."""
    there = folder.content()
    layout = LAYOUTS.get(str(there.get("format"))) if there else None
    for pattern in (layout.last, *layout.others) if layout else ():
        outdated = [*folder.path.glob(f"{pattern}.part-*"), *(folder.path.glob(pattern) if there != content else ())]
        for file in outdated:
            file.unlink()
