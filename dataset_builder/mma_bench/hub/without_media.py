"""A dataset without its clips: who may not redistribute them publishes what lets others rebuild the same rows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mma_bench.builder.report import BuildReport, read_report, shard_facts, write_report
from mma_bench.built import BuiltDataset
from mma_bench.files import writing
from mma_bench.manifest import MANIFEST
from mma_bench.schema import MEDIA_COLUMNS, features


def write_without_media(data: BuiltDataset, out: Path) -> BuildReport:
    """Write a dataset without the columns video and audio; everything else stays: ids, classes, pairing, questions.

    Its build.json keeps the digest of the dataset with clips, by which a rebuild is known for equal.

    Args:
        data: a built dataset with its clips.
        out: the folder to write.
    """
    schema = features(data.classes, media=False).arrow_schema
    for shard in data.shards:
        with (
            pq.ParquetFile(shard.path, pre_buffer=False) as source,
            writing(out / shard.path.relative_to(data.folder)) as partial,
            pq.ParquetWriter(partial, schema, compression="zstd") as file,
        ):
            for batch in source.iter_batches(columns=schema.names):
                file.write_batch(batch.select(schema.names).cast(schema))
    for name in ("attrition.csv", MANIFEST):
        if (data.folder / name).exists():
            shutil.copyfile(data.folder / name, out / name)
    record: dict[str, Any] = json.loads(json.dumps(read_report(data.folder).record))
    report = BuildReport(out, {**record, "media": False, "withheld": list(MEDIA_COLUMNS), **shard_facts(out)})
    write_report(report)
    return report
