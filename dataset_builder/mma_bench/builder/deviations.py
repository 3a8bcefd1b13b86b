"""Compare a dataset with its build.json and its card before it is published or released."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import pyarrow.parquet as pq

from mma_bench.benchmark.schema import features
from mma_bench.builder.card import config_version
from mma_bench.builder.describe import dataset_digest, shard_facts
from mma_bench.core.records import Json
from mma_bench.dataset.build_record import BUILD_JSON, SCHEMA, BuildRecord
from mma_bench.dataset.reading import BuiltDataset


def deviations(data: BuiltDataset, record: BuildRecord, card: str) -> Iterator[str]:
    """Yield a sentence per deviation in schema, columns, digests, or the configs of the card."""
    if record.schema_ != SCHEMA:
        yield f"schema: {BUILD_JSON} has {record.schema_}, this version writes {SCHEMA}"
    yield from _columns(data)
    now = shard_facts(data.folder).config_digests
    for condition, digest in record.config_digests.items():
        if now.get(condition) != digest:
            yield f"digest: the files of {condition} are not those that {BUILD_JSON} describes"
    if dataset_digest(record.config_digests) != record.dataset_digest:
        yield f"digest: the digests in {BUILD_JSON} contradict each other"
    yield from config_deviations(
        card, record, [shard.path.relative_to(data.folder).as_posix() for shard in data.shards]
    )


def config_deviations(card: str, record: BuildRecord, shards: list[str]) -> Iterator[str]:
    """Yield shards that no config of the card covers, configs without files, and outdated versions of configs."""
    from huggingface_hub import DatasetCard

    configs: list[dict[str, Json]] = DatasetCard(card).data["configs"]
    patterns = [files["path"] for config in configs for files in config["data_files"]]
    for pattern in patterns:
        if not any(fnmatchcase(shard, pattern) for shard in shards):
            yield f"configs: README.md promises {pattern}, and there is no such file"
    for shard in shards:
        if not any(fnmatchcase(shard, pattern) for pattern in patterns):
            yield f"configs: {shard} is in no config of README.md"
    digests: Mapping[str, str] = record.config_digests
    for config in configs:
        name, version = config["config_name"], config["version"]
        if name in digests and version != config_version(digests[name]):
            yield f"digest: README.md has version {version} of {name}, its files give {config_version(digests[name])}"


def _columns(data: BuiltDataset) -> Iterator[str]:
    from datasets import Features

    expected = features(data.classes)
    for shard in data.shards:
        if Features.from_arrow_schema(pq.read_schema(shard.path)) != expected:
            yield f"schema: the columns of {shard.path.relative_to(data.folder)} are not those of the benchmark"
