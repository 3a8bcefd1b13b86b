"""A built dataset as it is published: checked against what its build.json says, with a card for its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mma_bench.builder.card import dataset_card
from mma_bench.builder.report import BuildReport, read_report, shard_facts
from mma_bench.builder.staging import BUILD_JSON
from mma_bench.built import BuiltDataset, open_built
from mma_bench.hub.eval_yaml import EVAL_YAML, eval_yaml
from mma_bench.hub.publication import CARD, Publication, files_of
from mma_bench.hub.target import HubError, Target
from mma_bench.hub.without_media import write_without_media
from mma_bench.manifest import MANIFEST
from mma_bench.schema import features

_SHARDS = "*/*-?????-of-?????.parquet"
_ALLOWED = (CARD, BUILD_JSON, "attrition.csv", MANIFEST, EVAL_YAML, _SHARDS)


def dataset_publication(folder: Path, target: Target, *, with_media: bool, work: Path) -> Publication:
    """What is published of a built dataset.

    Clips that others recorded are left out unless `with_media` says that the rights are held; drawn ones are ours.

    Args:
        folder: made by `mma-bench build`.
        target: where it goes; the card and the commands on it name that place.
        with_media: the rights to redistribute the clips are held.
        work: an empty folder for what must be written anew; it is needed until all is uploaded.

    Raises:
        DataFolderError: it is no complete dataset.
        HubError: it holds what no dataset has, or its shards are not those of its build.json.
    """
    data = open_built(folder)
    files = files_of(folder, _ALLOWED, what="a dataset")
    report = read_report(folder)
    _require_as_built(data, report)
    note = ""
    if not (data.drawn or with_media):
        note = "The clips are recordings and stay here; --with-media sends them where you hold the rights."
        report = write_without_media(data, work)
        files = files_of(work, _ALLOWED, what="a dataset")
    card = dataset_card(report, target.id)
    _require_configs(card, [path for path in files if fnmatchcase(path, _SHARDS)])
    tests = [condition for condition, rows in report.counts.items() if rows.get("test")]
    added = {CARD: card.encode(), EVAL_YAML: eval_yaml(tests).encode()}
    return Publication("dataset", "dataset", {**files, **added}, BUILD_JSON, _usage(report, target), note)


def _require_as_built(data: BuiltDataset, report: BuildReport) -> None:
    from datasets import Features

    expected = features(data.classes)
    for shard in data.shards:
        if Features.from_arrow_schema(pq.read_schema(shard.path)) != expected:
            raise HubError(f"{shard.path}: its columns are not those of the benchmark; build the dataset again")
    now: Mapping[str, str] = shard_facts(data.folder)["config_digests"]
    changed = [condition for condition, digest in report.record["config_digests"].items() if now[condition] != digest]
    if changed:
        raise HubError(
            f"{data.folder / changed[0]}: its files are not those that {BUILD_JSON} describes (digest "
            f"{now[changed[0]][:8]} is not {report.record['config_digests'][changed[0]][:8]}); build the dataset again"
        )


def _require_configs(card: str, shards: Sequence[str]) -> None:
    """Every file in a config of the card, and every config with files: what `load_dataset` will find."""
    from huggingface_hub import DatasetCard

    configs: list[dict[str, Any]] = DatasetCard(card).data["configs"]
    patterns = [files["path"] for config in configs for files in config["data_files"]]
    empty = [p for p in patterns if not any(fnmatchcase(shard, p) for shard in shards)]
    unnamed = [s for s in shards if not any(fnmatchcase(s, pattern) for pattern in patterns)]
    if empty or unnamed:
        raise HubError(f"{CARD}: its configs and the files disagree ({(empty or unnamed)[0]}); build the dataset again")


def _usage(report: BuildReport, target: Target) -> str:
    default = "misaligned" if "misaligned" in report.counts else next(iter(report.counts))
    at = f', revision="{target.found_at}"' if target.found_at else ""
    load = f'load_dataset("{target.id}", "{default}"{at})'
    if report.media:
        return f"{load}\nmma-bench eval --model MODEL --data {target.id}"
    name = target.id.split("/")[1]
    if not report.funnel:
        return f"{load}\nmma-bench build --plan {target.id} --source FOLDER_OF_THE_CLIPS --out {name}"
    return (
        f"{load}\nmma-bench fetch {target.id} --out clips\n"
        f"mma-bench build --plan {target.id} --source {target.id} --clips clips --out {name}"
    )
