"""A dataset without its clips: who may not redistribute them publishes what lets others rebuild the same rows."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pyarrow.parquet as pq

from mma_bench.benchmark.schema import features
from mma_bench.builder.report import ATTRITION, ATTRITION_COLUMNS, shard_facts
from mma_bench.core.files import writing
from mma_bench.dataset.build_record import BuildRecord, write_build_record
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.manifest.manifest import MANIFEST


def write_without_media(data: BuiltDataset, out: Path) -> BuildRecord:
    """Write a dataset without the columns video and audio; everything else stays: ids, classes, pairing, questions.

    Its build.json keeps the digest of the dataset with clips, by which a rebuild is known for equal.

    Args:
        data: a built dataset with its clips.
        out: the folder to write.
    """
    out.mkdir(exist_ok=True)
    schema = features(data.classes, media=False).arrow_schema
    for shard in data.shards:
        with (
            pq.ParquetFile(shard.path, pre_buffer=False) as source,
            writing(out / shard.path.relative_to(data.folder)) as partial,
            pq.ParquetWriter(partial, schema, compression="zstd") as file,
        ):
            for batch in source.iter_batches(columns=schema.names):
                file.write_batch(batch.select(schema.names).cast(schema))
    if (data.folder / MANIFEST).exists():
        shutil.copyfile(data.folder / MANIFEST, out / MANIFEST)
    _write_attrition(data.folder, out)
    record = data.record.with_(media=False, **vars(shard_facts(out)))
    write_build_record(out, record)
    return record


def _write_attrition(folder: Path, out: Path) -> None:
    """The table whole where the clips are somebody's list; of private recordings those alone that are published."""
    with (folder / ATTRITION).open(newline="", encoding="utf-8") as source:
        lines = list(csv.DictReader(source))
    listed = (folder / MANIFEST).exists()
    with (out / ATTRITION).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ATTRITION_COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(line for line in lines if listed or line["status"] == "kept")
