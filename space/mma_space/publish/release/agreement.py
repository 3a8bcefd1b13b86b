"""Whether the parts of a release are of one version, one schema, one set of classes and one dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import yaml

from mma_bench.builder.deviations import deviations
from mma_bench.core.files import file_sha256
from mma_bench.dataset.build_record import BuildRecord, read_build_record
from mma_bench.dataset.reading import open_built
from mma_bench.hub.publication import CARD
from mma_space.publish.folder import APP, package_files, requirements
from mma_space.settings import CHOSEN


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
    def built(self) -> BuildRecord:
        """Of the dataset."""
        return read_build_record(self.dataset)

    @cached_property
    def tuned(self) -> Mapping[str, Any]:
        """training.json of the adapter."""
        return _json(self.adapter / "training.json")


def disagreements(parts: Parts) -> list[str]:
    """What keeps these parts from being one release, a line each, naming both sides; empty where they agree."""
    card = (parts.dataset / CARD).read_text(encoding="utf-8")
    dataset = deviations(open_built(parts.dataset), parts.built, card)
    return [*_versions(parts), *dataset, *_classes(parts), *_code(parts)]


def remarks(parts: Parts) -> list[str]:
    """What is no contradiction and should be looked at."""
    found = []
    if "unreleased" in _changelog_heading(parts.project):
        found.append(f"CHANGELOG.md: {parts.version} is unreleased; write the day there before you tag it")
    scores = parts.adapter / "scores.json"
    measured = _json(scores)["dataset_digest"] if scores.exists() else None
    if measured is None:
        found.append("the adapter was not evaluated; `mma-bench adapter-card` puts its scores into its card")
    elif measured != parts.built.dataset_digest:
        found.append(f"the adapter's scores are on another dataset ({measured[:8]}) than the one of this release")
    return found


def _versions(parts: Parts) -> Iterator[str]:
    citation = yaml.safe_load((parts.project / "CITATION.cff").read_text(encoding="utf-8"))
    found = {
        "CHANGELOG.md": _changelog_heading(parts.project).removeprefix("## ").split(" ")[0],
        "CITATION.cff": str(citation.get("version")),
        "the dataset's build.json": parts.built.versions["mma-bench"],
        "the adapter's training.json": parts.tuned["versions"]["mma-bench"],
    }
    for where, version in found.items():
        if version != parts.version:
            yield f"version: {where} has {version}, the wheel {parts.version}"


def _classes(parts: Parts) -> Iterator[str]:
    known = {*parts.tuned["data"]["seen_classes"], *parts.tuned["data"]["unseen_classes"]}
    foreign = sorted(set(parts.built.classes) - known)
    if foreign:
        yield f"classes: the adapter's data had no {', '.join(foreign)}, which the dataset has"


def _code(parts: Parts) -> Iterator[str]:
    """The metric and the Space are what the wheel has, byte for byte, and all of it."""
    with ZipFile(parts.wheel) as wheel:
        held = {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in wheel.namelist()}
    metric = {name: digest for name, digest in held.items() if name.startswith("mma_accuracy/")}
    written = {"app.py": APP, "requirements.txt": requirements()}
    space = {name: held[name] for name in package_files() if name in held}
    space |= {name: hashlib.sha256(text.encode()).hexdigest() for name, text in written.items()}
    yield from _differing(metric, file_digests(parts.metric, parts.metric.parent), "the metric")
    yield from _differing(space, file_digests(parts.space, parts.space), "the Space")


def _differing(expected: Mapping[str, str], found: Mapping[str, str], where: str) -> Iterator[str]:
    for name in sorted({*expected, *found} - {CARD, CHOSEN}):
        if found.get(name) != expected.get(name):
            yield f"code: {name} in {where} is not what this version has"


def file_digests(folder: Path, root: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder, by its path below `root`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): file_sha256(path) for path in files}


def _changelog_heading(project: Path) -> str:
    """The newest version's line."""
    text = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    return next((line for line in text.splitlines() if line.startswith("## ")), "## none")


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
