"""Rows of a dataset as plain files: an mp4 each, and one table that describes them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mma_bench.benchmark.schema import MEDIA_COLUMNS, Row
from mma_bench.core.files import writing
from mma_bench.dataset.export_folder import LAYOUTS, claimed, written
from mma_bench.dataset.reading import BuiltDataset, DataFolderError, Shard, open_built, records

TABLE = LAYOUTS["mp4"].last
"""Written last: its presence means that the export is complete."""

COLUMNS = (*(f.name for f in fields(Row) if f.name not in MEDIA_COLUMNS), "split", "file")

# What a path separates by, what Windows forbids, and what no terminal shows.
_UNSAFE = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
# With the suffix, and that of a file being written, it stays below the 255 bytes that file systems allow.
_STEM_BYTES = 200


@dataclass(frozen=True)
class ExportReport:
    """What an export did."""

    folder: Path
    written: int
    kept: int
    """Files that were there already with the right content."""


def export_mp4(
    data: Path,
    out: Path,
    *,
    conditions: Sequence[str] | None = None,
    splits: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ExportReport:
    """Write each row's mp4, byte for byte, to `out/<condition>/<split>/<id>.mp4`, and `out/rows.csv`.

    Files that are there with the right content stay, so that an interrupted export continues.

    Args:
        data: the dataset, as `mma-bench build` made it.
        out: the folder to write.
        conditions: which; None means all.
        splits: which; None means all.
        overwrite: write into a folder that holds something else. Its other files stay; clips of another export go.
        progress: called with the number of rows that are done, and of all.

    Raises:
        DataFolderError: `data` holds no complete dataset, or two ids that need the same file name.
        OptionsError: `out` holds something else, or the dataset has no such condition or split.
        StorageError: the disk is full or not ours to write.
    """
    dataset = open_built(data)
    shards = dataset.select(conditions, splits)
    _require_distinct_names(shards)
    with claimed(out, _content(dataset, shards), overwrite=overwrite):
        return _write(dataset, shards, out, progress)


def file_stem(row_id: str) -> str:
    """An id as a file name without suffix: it cannot leave its folder.

    >>> file_stem("../../etc/passwd"), file_stem("dog 1.misaligned.3")
    ('_.._etc_passwd', 'dog 1.misaligned.3')
    """
    stem = _UNSAFE.sub("_", row_id).lstrip(". ").rstrip(". ")
    return stem.encode()[:_STEM_BYTES].decode(errors="ignore") or "_"


def _write(
    dataset: BuiltDataset, shards: Sequence[Shard], out: Path, progress: Callable[[int, int], None]
) -> ExportReport:
    total, new, done = sum(s.rows for s in shards), 0, 0
    with writing(out / TABLE) as partial, partial.open("w", newline="", encoding="utf-8") as lines:
        table = csv.DictWriter(lines, COLUMNS)
        table.writeheader()
        progress(0, total)
        for shard in shards:
            for row in dataset.rows(shard):
                file = f"{shard.condition}/{shard.split}/{file_stem(row.id)}.mp4"
                new += written(out / file, row.video)
                done += 1
                table.writerow({**_described(row), "split": shard.split, "file": file})
                progress(done, total)
    return ExportReport(out, new, done - new)


def _described(row: Row) -> dict[str, Any]:
    return {f.name: getattr(row, f.name) for f in fields(Row) if f.name not in MEDIA_COLUMNS}


def _require_distinct_names(shards: Sequence[Shard]) -> None:
    owner: dict[tuple[str, str, str], str] = {}
    for shard in shards:
        for record in records(shard, ["id"]):
            # Some file systems do not tell capitals from small letters; there the second would replace the first.
            key = (shard.condition, shard.split, file_stem(record["id"]).casefold())
            if key in owner:
                raise DataFolderError(
                    f"{shard.path}: rows {owner[key]!r} and {record['id']!r} need the same file name, {key[2]}.mp4; "
                    "rename one of the clips and build again"
                )
            owner[key] = record["id"]


def _content(dataset: BuiltDataset, shards: Sequence[Shard]) -> dict[str, Any]:
    return {
        "format": "mp4",
        "dataset_digest": dataset.digest,
        "conditions": list(dict.fromkeys(s.condition for s in shards)),
        "splits": list(dict.fromkeys(s.split for s in shards)),
    }
