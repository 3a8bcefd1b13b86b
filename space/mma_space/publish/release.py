"""Assemble a release in one folder: wheel, dataset, metric, adapter and Space, checked for contradictions."""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from zipfile import ZipFile

import yaml
from pydantic import Field

from mma_bench.builder.describe import deviations
from mma_bench.core.errors import MMABenchError, OptionsError
from mma_bench.core.files import file_sha256, write_text
from mma_bench.core.records import Items, Record, Text
from mma_bench.dataset.build_record import BUILD_JSON, BuildRecord, read_build_record
from mma_bench.dataset.reading import open_built
from mma_bench.hub.publication import CARD
from mma_eval.resolve import shipped_or_given
from mma_space.publish.folder import APP, package_files, requirements, write_space_folder
from mma_space.settings import SETTINGS, Settings
from mma_training.adapter.record import TRAINING, TrainingRecord, read_scores, read_training

RELEASE_JSON = "release.json"
"""File with the release record; written last, so its presence marks a complete release whose parts agree."""
DATASET, METRIC, ADAPTER, SPACE = "mma-bench", "mma_accuracy", "mma-adapter", "mma-space"
"""Folder names, by which `load_dataset` and `evaluate.load` find the parts in a release."""
_TOOLS = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", ".git", ".cache")


class ReleaseRecord(Record):
    """Content of release.json: version, dataset and files of a release."""

    schema_version: int = Field(alias="schema")
    version: Text
    made: Text
    """Time at which the release was made: UTC in ISO 8601 format."""
    classes: Items[Text]
    dataset_digest: Text
    files: dict[str, Text]
    """SHA-256 of every file in the release except release.json, by path."""


class ReleaseError(MMABenchError):
    """The parts of a release contradict each other."""


@dataclass(frozen=True)
class Release:
    """A complete release on disk."""

    folder: Path
    record: ReleaseRecord
    remarks: list[str]
    """Points that the user should check before publishing, one sentence each."""


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


def make_release(out: Path, *, project: Path, data: Path, adapter: str) -> Release:
    """Build the wheel and the four folders of the version in `project`, and check that they agree.

    Args:
        out: the folder to write; created only if the parts agree.
        project: a checkout of mma-bench.
        data: a dataset built by the same version.
        adapter: a folder written by `mma-bench train`, or a shipped adapter.

    Raises:
        OptionsError: the project, dataset or adapter is missing, the wheel cannot be built, or `out` already exists.
        ReleaseError: the parts disagree; the message lists every contradiction.
    """
    if out.exists():
        raise OptionsError(f"--out {out}: exists already; choose another folder, as releases are never overwritten")
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    parts = ReleaseParts(
        project=project,
        wheel=_build_wheel(project, partial / "dist"),
        dataset=_copied(data, partial / DATASET, BUILD_JSON, "mma-bench build"),
        metric=partial / METRIC,
        adapter=_copied(Path(shipped_or_given(adapter)), partial / ADAPTER, TRAINING, "mma-bench train"),
        space=partial / SPACE,
    )
    with as_file(files("mma_accuracy")) as installed:
        shutil.copytree(installed, parts.metric, ignore=_TOOLS)
    write_space_folder(parts.space, Settings())
    wrong = disagreements(parts)
    if wrong:
        lines = "".join(f"\n- {line}" for line in wrong)
        remedy = "Correct or rebuild the parts named, then run the same command again"
        raise ReleaseError(f"the parts of this release, left in {partial}, disagree:{lines}\n{remedy}")
    record = ReleaseRecord(
        schema_version=1,
        version=parts.version,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        classes=parts.built.classes,
        dataset_digest=parts.built.dataset_digest,
        files=_digests(partial, partial),
    )
    release = Release(out, record, remarks(parts))
    write_text(partial / RELEASE_JSON, json.dumps(record.as_json(), indent=1) + "\n")
    partial.rename(out)
    return release


def _build_wheel(project: Path, out: Path) -> Path:
    file = project / "pyproject.toml"
    named = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {}).get("name") if file.is_file() else None
    if named != "mma-bench":
        raise OptionsError(f"--project {project}: no pyproject.toml of mma-bench; expected a checkout of mma-bench")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out.resolve())]
    done = subprocess.run(build, cwd=project, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OptionsError(
            f'the wheel cannot be built ({reason}); if a build tool is missing, run pip install -e ".[dev]"'
        )
    return next(out.glob("*.whl"))


def _copied(source: Path, out: Path, mark: str, maker: str) -> Path:
    if not (source / mark).is_file():
        raise OptionsError(f"{source}: no {mark}; expected a folder written by a finished `{maker}`")
    shutil.copytree(source, out, ignore=_TOOLS)
    return out


def disagreements(parts: ReleaseParts) -> list[str]:
    """List the contradictions between the parts of a release, one line each; empty if the parts agree."""
    card = (parts.dataset / CARD).read_text(encoding="utf-8")
    dataset = deviations(open_built(parts.dataset), parts.built, card)
    return [*_versions(parts), *dataset, *_classes(parts), *_code(parts)]


def remarks(parts: ReleaseParts) -> list[str]:
    """List points to check before publishing, other than contradictions."""
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
        yield f"classes: the dataset has {', '.join(foreign)}, which the adapter's training data lacks"


def _code(parts: ReleaseParts) -> Iterator[str]:
    """Compare the files of the metric and the Space with those in the wheel, byte for byte."""
    with ZipFile(parts.wheel) as wheel:
        held = {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in wheel.namelist()}
    metric = {name: digest for name, digest in held.items() if name.startswith("mma_accuracy/")}
    written = {"app.py": APP, "requirements.txt": requirements()}
    space = {name: held[name] for name in package_files() if name in held}
    space |= {name: hashlib.sha256(text.encode()).hexdigest() for name, text in written.items()}
    yield from _differing(metric, _digests(parts.metric, parts.metric.parent), "the metric")
    yield from _differing(space, _digests(parts.space, parts.space), "the Space")


def _differing(expected: Mapping[str, str], found: Mapping[str, str], where: str) -> Iterator[str]:
    for name in sorted({*expected, *found} - {CARD, SETTINGS}):
        if found.get(name) != expected.get(name):
            yield f"code: {name} in {where} does not match this version"


def _digests(folder: Path, root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder, by path relative to `root`."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): file_sha256(path) for path in found}


def _changelog_heading(project: Path) -> str:
    """Return the heading of the newest version in CHANGELOG.md."""
    text = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    return next((line for line in text.splitlines() if line.startswith("## ")), "## none")
