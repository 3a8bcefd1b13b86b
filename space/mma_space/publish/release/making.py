"""Assemble a release: wheel, dataset, metric, adapter and Space in one folder, if they agree."""

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
"""Written last; its presence marks a complete release whose parts agree."""
DATASET, METRIC, ADAPTER, SPACE = "mma-bench", "mma_accuracy", "mma-adapter", "mma-space"
"""Folder names, by which `load_dataset` and `evaluate.load` find the parts in a release."""
_TOOLS = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", ".git", ".cache")


class ReleaseRecord(Record):
    """release.json: version, dataset and files of a release."""

    schema_version: int = Field(alias="schema")
    """Version of the file's schema."""
    version: Text
    """Version of mma-bench."""
    made: Text
    """UTC time in ISO 8601 format."""
    classes: Items[Text]
    """Classes of the dataset."""
    dataset_digest: Text
    """SHA-256 of the dataset."""
    files: dict[str, Text]
    """SHA-256 of every file except release.json, by path."""


class ReleaseError(MMABenchError):
    """The parts of a release contradict each other."""


@dataclass(frozen=True)
class Release:
    """A release on disk."""

    folder: Path
    record: ReleaseRecord
    """Its release.json."""
    remarks: list[str]
    """Sentences about points to check before publishing."""


def make_release(out: Path, *, project: Path, data: Path, adapter: str) -> Release:
    """Build the wheel and the four folders of the version in `project`, and check that they agree.

    Args:
        out: the folder to write; created only if the parts agree.
        project: a checkout of mma-bench.
        data: a dataset built by the same version.
        adapter: a folder written by `mma-bench train`, or a shipped adapter.

    Raises:
        OptionsError: the project, dataset or adapter is missing, the wheel cannot be built, or `out` exists.
        ReleaseError: the parts disagree; the message lists every contradiction.
    """
    if out.exists():
        raise OptionsError(f"--out {out}: exists already; choose another folder, since releases are never overwritten")
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
        raise OptionsError(f"--project {project}: no pyproject.toml of mma-bench; expected a checkout of mma-bench")
    return project


def _build_wheel(project: Path, out: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out.resolve())]
    done = subprocess.run(build, cwd=project, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OptionsError(f'the wheel cannot be built ({reason}); run pip install -e ".[dev]" for the build tools')
    return next(out.glob("*.whl"))


def _copied(source: Path, out: Path, mark: str, maker: str) -> Path:
    if not (source / mark).is_file():
        raise OptionsError(f"{source}: {mark} is missing; expected output of a finished `{maker}`")
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
