"""Check that the parts of a release agree in version, schema, classes, dataset and code."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import ZipFile

import yaml

from mma_bench.builder.describe import deviations
from mma_bench.core.files import file_sha256
from mma_bench.dataset.build_record import BuildRecord, read_build_record
from mma_bench.dataset.reading import open_built
from mma_bench.hub.publication import CARD
from mma_space.publish.folder import APP, package_files, requirements
from mma_space.settings import SETTINGS
from mma_training.adapter.record import TrainingRecord, read_scores, read_training


@dataclass(frozen=True)
class ReleaseParts:
    """Paths of the parts of a release."""

    project: Path
    wheel: Path
    dataset: Path
    metric: Path
    adapter: Path
    space: Path

    @property
    def version(self) -> str:
        """Return the version in the wheel's file name."""
        return self.wheel.name.split("-")[1]

    @cached_property
    def built(self) -> BuildRecord:
        """Read the dataset's build.json."""
        return read_build_record(self.dataset)

    @cached_property
    def tuned(self) -> TrainingRecord:
        """Read the adapter's training.json."""
        return read_training(self.adapter)


def disagreements(parts: ReleaseParts) -> list[str]:
    """List the contradictions between the parts of a release, one per line; empty if they agree."""
    card = (parts.dataset / CARD).read_text(encoding="utf-8")
    dataset = deviations(open_built(parts.dataset), parts.built, card)
    return [*_versions(parts), *dataset, *_classes(parts), *_code(parts)]


def remarks(parts: ReleaseParts) -> list[str]:
    """List points to check before publishing that are no contradictions."""
    found = []
    if "unreleased" in _changelog_heading(parts.project):
        found.append(f"CHANGELOG.md: {parts.version} is unreleased; write the day there before you tag it")
    scores = read_scores(parts.adapter)
    if scores is None:
        found.append("the adapter was not evaluated; `mma-bench adapter-card` puts its scores into its card")
    elif scores.dataset_digest != parts.built.dataset_digest:
        digest = scores.dataset_digest[:8]
        found.append(f"the adapter's scores are on another dataset ({digest}) than the one of this release")
    return found


def _versions(parts: ReleaseParts) -> Iterator[str]:
    citation = yaml.safe_load((parts.project / "CITATION.cff").read_text(encoding="utf-8"))
    found = {
        "CHANGELOG.md": _changelog_heading(parts.project).removeprefix("## ").split(" ")[0],
        "CITATION.cff": str(citation.get("version")),
        "the dataset's build.json": parts.built.versions["mma-bench"],
        "the adapter's training.json": parts.tuned.versions.get("mma-bench", "none"),
    }
    for where, version in found.items():
        if version != parts.version:
            yield f"version: {where} has {version}, the wheel {parts.version}"


def _classes(parts: ReleaseParts) -> Iterator[str]:
    known = {*parts.tuned.data.seen_classes, *parts.tuned.data.unseen_classes}
    foreign = sorted(set(parts.built.classes) - known)
    if foreign:
        yield f"classes: the adapter's data had no {', '.join(foreign)}, which the dataset has"


def _code(parts: ReleaseParts) -> Iterator[str]:
    """Compare the files of the metric and the Space with the wheel, byte for byte."""
    with ZipFile(parts.wheel) as wheel:
        held = {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in wheel.namelist()}
    metric = {name: digest for name, digest in held.items() if name.startswith("mma_accuracy/")}
    written = {"app.py": APP, "requirements.txt": requirements()}
    space = {name: held[name] for name in package_files() if name in held}
    space |= {name: hashlib.sha256(text.encode()).hexdigest() for name, text in written.items()}
    yield from _differing(metric, file_digests(parts.metric, parts.metric.parent), "the metric")
    yield from _differing(space, file_digests(parts.space, parts.space), "the Space")


def _differing(expected: Mapping[str, str], found: Mapping[str, str], where: str) -> Iterator[str]:
    for name in sorted({*expected, *found} - {CARD, SETTINGS}):
        if found.get(name) != expected.get(name):
            yield f"code: {name} in {where} is not what this version has"


def file_digests(folder: Path, root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder, by path relative to `root`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): file_sha256(path) for path in files}


def _changelog_heading(project: Path) -> str:
    """Return the heading of the newest version in CHANGELOG.md."""
    text = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    return next((line for line in text.splitlines() if line.startswith("## ")), "## none")
