"""Export rows as plain files: one mp4 per row and a table describing them."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from mma_bench.benchmark.schema import MEDIA_COLUMNS, Row
from mma_bench.core.files import writing
from mma_bench.dataset.export_folder import LAYOUTS, claimed, write_if_changed
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import DataFolderError, Shard, stored_rows

TABLE = LAYOUTS["mp4"].last
"""Written last: its presence marks a complete export."""

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
    """Write each row's mp4 unchanged to `out/<condition>/<split>/<id>.mp4`, and a table to `out/rows.csv`.

    Existing files with the same content are kept, so an interrupted export resumes.

    Args:
        data: a dataset folder written by `mma-bench build`.
        out: the folder to write.
        conditions: the conditions to export; None means all.
        splits: the splits to export; None means all.
        overwrite: accept a folder with other content. Clips of another export are removed, other files are kept.
        progress: called with the numbers of finished and total rows.

    Returns:
        Numbers of written and of kept mp4 files.

    Raises:
        DataFolderError: `data` is not a complete dataset, or two ids need the same file name.
        OptionsError: `out` has other content, or the dataset has no such condition or split.
        StorageError: the disk is full or refuses writing.
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
