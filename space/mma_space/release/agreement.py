"""Whether the parts of a release are of one version, one schema, one set of classes and one dataset."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import yaml

from mma_bench.builder.report import dataset_digest, shard_facts
from mma_bench.built import open_built
from mma_bench.hub.publication import CARD
from mma_bench.schema import features
from mma_space.folder import PACKAGES


@dataclass(frozen=True)
class Parts:
    """Where the parts of a release lie."""

    project: Path
    wheel: Path
    dataset: Path
    metric: Path
    adapter: Path
    space: Path

    @property
    def version(self) -> str:
        """The wheel's."""
        return self.wheel.name.split("-")[1]

    @cached_property
    def built(self) -> Mapping[str, Any]:
        """build.json of the dataset."""
        return _json(self.dataset / "build.json")

    @cached_property
    def tuned(self) -> Mapping[str, Any]:
        """training.json of the adapter."""
        return _json(self.adapter / "training.json")


def disagreements(parts: Parts) -> list[str]:
    """What keeps these parts from being one release, a line each, naming both sides; empty where they agree."""
    return [*_versions(parts), *_schema(parts), *_classes(parts), *_digests(parts), *_code(parts)]


def remarks(parts: Parts) -> list[str]:
    """What is no contradiction and should be looked at."""
    found = []
    if "unreleased" in _changelog_heading(parts.project):
        found.append(f"CHANGELOG.md: {parts.version} is unreleased; write the day there before you tag it")
    scores = parts.adapter / "scores.json"
    measured = _json(scores)["dataset_digest"] if scores.exists() else None
    if measured is None:
        found.append("the adapter was not evaluated; `mma-bench adapter-card` puts its scores into its card")
    elif measured != parts.built["dataset_digest"]:
        found.append(f"the adapter's scores are on another dataset ({measured[:8]}) than the one of this release")
    return found


def _versions(parts: Parts) -> Iterator[str]:
    citation = yaml.safe_load((parts.project / "CITATION.cff").read_text(encoding="utf-8"))
    said = re.search(r"mma-bench (\S+)\. Uploads", (parts.space / CARD).read_text(encoding="utf-8"))
    found = {
        "CHANGELOG.md": _changelog_heading(parts.project).removeprefix("## ").split(" ")[0],
        "CITATION.cff": str(citation.get("version")),
        "the dataset's build.json": parts.built["versions"]["mma-bench"],
        "the adapter's training.json": parts.tuned["versions"]["mma-bench"],
        "the Space's card": said[1] if said else "none",
    }
    for where, version in found.items():
        if version != parts.version:
            yield f"version: {where} has {version}, the wheel {parts.version}"


def _schema(parts: Parts) -> Iterator[str]:
    import pyarrow.parquet as pq
    from datasets import Features

    if parts.built["schema"] != 1:
        yield f"schema: the dataset's is {parts.built['schema']}, this version writes 1"
    expected = features(parts.built["classes"])
    for shard in open_built(parts.dataset).shards:
        if Features.from_arrow_schema(pq.read_schema(shard.path)) != expected:
            yield f"schema: {shard.path.relative_to(parts.dataset)} has other columns than this version writes"


def _classes(parts: Parts) -> Iterator[str]:
    known = {*parts.tuned["data"]["seen_classes"], *parts.tuned["data"]["unseen_classes"]}
    foreign = sorted(set(parts.built["classes"]) - known)
    if foreign:
        yield f"classes: the adapter's data had no {', '.join(foreign)}, which the dataset has"


def _digests(parts: Parts) -> Iterator[str]:
    now = shard_facts(parts.dataset)["config_digests"]
    if dataset_digest(now) != parts.built["dataset_digest"]:
        yield "digest: the dataset's files are not those that its build.json describes"
    header = yaml.safe_load((parts.dataset / CARD).read_text(encoding="utf-8").split("---")[1])
    for config in header["configs"]:
        name, version = config["config_name"], f"1.0.{int(now[config['config_name']][:8], 16)}"
        if config["version"] != version:
            yield f"digest: the dataset's card has version {config['version']} of {name}, its files give {version}"


def _code(parts: Parts) -> Iterator[str]:
    """The packages in the Space and the metric are those in the wheel, byte for byte."""
    with ZipFile(parts.wheel) as wheel:
        held = {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in wheel.namelist()}
    for package, folder in (("mma_accuracy", parts.metric), *((name, parts.space / name) for name in PACKAGES)):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = f"{package}/{path.relative_to(folder).as_posix()}"
            if held.get(name) != hashlib.sha256(path.read_bytes()).hexdigest():
                yield f"code: {path.relative_to(parts.wheel.parents[1])} is not what the wheel has as {name}"


def _changelog_heading(project: Path) -> str:
    """The newest version's line."""
    text = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    return next((line for line in text.splitlines() if line.startswith("## ")), "## none")


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
