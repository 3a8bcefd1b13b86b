"""Make a release: wheel, dataset, metric, adapter and Space in one folder, if they agree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

from pydantic import Field

from mma_bench.core.errors import MMABenchError, OptionsError
from mma_bench.core.files import write_text
from mma_bench.core.records import Items, Record, Text
from mma_bench.dataset.build_record import BUILD_JSON
from mma_eval.resolve import shipped_or_given
from mma_space.publish.folder import write_space_folder
from mma_space.publish.release.agreement import ReleaseParts, disagreements, file_digests, remarks
from mma_space.settings import Settings

RELEASE_JSON = "release.json"
"""Written last: its presence means that the release is complete and its parts agree."""
DATASET, METRIC, ADAPTER, SPACE = "mma-bench", "mma_accuracy", "mma-adapter", "mma-space"
"""Names of the folders, by which `load_dataset` and `evaluate.load` find them in a release."""
_TOOLS = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", ".git", ".cache")


class ReleaseRecord(Record):
    """release.json: what a release holds."""

    schema_version: int = Field(alias="schema")
    """Version of this file's format."""
    version: Text
    """Version of mma-bench."""
    made: Text
    """UTC time, in ISO format."""
    classes: Items[Text]
    """Classes of the dataset."""
    dataset_digest: Text
    """SHA-256 of the dataset."""
    files: dict[str, Text]
    """SHA-256 of every file but this one, by its path."""


class ReleaseError(MMABenchError):
    """The parts of a release contradict each other."""


@dataclass(frozen=True)
class Release:
    """A release on disk."""

    folder: Path
    record: ReleaseRecord
    """Its release.json."""
    remarks: list[str]
    """Points to check before publishing, in sentences."""


def make_release(out: Path, *, project: Path, data: Path, adapter: str) -> Release:
    """Make the wheel and the four folders of the version in `project`, and check that they agree.

    Args:
        out: the folder to write; it appears only if the parts agree.
        project: a checkout of mma-bench.
        data: a dataset that the same version built.
        adapter: a folder that `mma-bench train` wrote, or an adapter that ships.

    Raises:
        OptionsError: there is no such project, dataset or adapter, or `out` exists.
        ReleaseError: the parts disagree; the message lists every contradiction.
    """
    if out.exists():
        raise OptionsError(f"--out {out}: is there already; a release is made only once, choose another folder")
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    parts = ReleaseParts(
        project=_require_project(project),
        wheel=_build_wheel(project, partial / "dist"),
        dataset=_copied(data, partial / DATASET, BUILD_JSON, "mma-bench build"),
        metric=_metric(partial / METRIC),
        adapter=_copied(Path(shipped_or_given(adapter)), partial / ADAPTER, "training.json", "mma-bench train"),
        space=partial / SPACE,
    )
    write_space_folder(parts.space, Settings())
    wrong = disagreements(parts)
    if wrong:
        lines = "".join(f"\n- {line}" for line in wrong)
        raise ReleaseError(f"the parts of this release disagree; they were left in {partial}:{lines}")
    release = Release(out, _record(partial, parts), remarks(parts))
    write_text(partial / RELEASE_JSON, json.dumps(release.record.as_json(), indent=1) + "\n")
    partial.rename(out)
    return release


def _require_project(project: Path) -> Path:
    file = project / "pyproject.toml"
    named = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {}).get("name") if file.is_file() else None
    if named != "mma-bench":
        raise OptionsError(f"--project {project}: no pyproject.toml of mma-bench; a release is made from a checkout")
    return project


def _build_wheel(project: Path, out: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out.resolve())]
    done = subprocess.run(build, cwd=project, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OptionsError(f'the wheel cannot be built ({reason}); pip install -e ".[dev]" brings what it needs')
    return next(out.glob("*.whl"))


def _copied(source: Path, out: Path, mark: str, maker: str) -> Path:
    if not (source / mark).is_file():
        raise OptionsError(f"{source}: no {mark}; expected a folder that `{maker}` finished")
    shutil.copytree(source, out, ignore=_TOOLS)
    return out


def _metric(out: Path) -> Path:
    with as_file(files("mma_accuracy")) as installed:
        shutil.copytree(installed, out, ignore=_TOOLS)
    return out


def _record(folder: Path, parts: ReleaseParts) -> ReleaseRecord:
    return ReleaseRecord(
        schema_version=1,
        version=parts.version,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        classes=parts.built.classes,
        dataset_digest=parts.built.dataset_digest,
        files=file_digests(folder, folder),
    )
