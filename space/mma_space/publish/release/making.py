"""`make_release`: the wheel, the dataset, the metric, the adapter and the Space in one folder, if they agree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from mma_bench.core.errors import MMABenchError, OptionsError
from mma_bench.core.files import write_text
from mma_bench.dataset.build_record import BUILD_JSON
from mma_eval.resolve import shipped_or_given
from mma_space.publish.folder import write_space_folder
from mma_space.publish.release.agreement import Parts, disagreements, file_digests, remarks
from mma_space.settings import Settings

RELEASE_JSON = "release.json"
"""Written last: its presence means that the release is whole and agrees."""
DATASET, METRIC, ADAPTER, SPACE = "mma-bench", "mma_accuracy", "mma-adapter", "mma-space"
"""Names of the folders: what `load_dataset` and `evaluate.load` are given in the folder of a release."""
_TOOLS = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", ".git", ".cache")


class ReleaseError(MMABenchError):
    """The parts of a release are not of one version."""


@dataclass(frozen=True)
class Release:
    """A release that was made."""

    folder: Path
    record: Mapping[str, Any]
    """The content of release.json."""
    remarks: list[str]
    """What agrees and should still be looked at before it is published."""


def make_release(out: Path, *, project: Path, data: Path, adapter: str) -> Release:
    """Make the wheel and the four folders of the version in `project`, and check that they agree.

    Args:
        out: the folder to write; it appears when everything agrees.
        project: a checkout of mma-bench.
        data: a dataset that its version built.
        adapter: a folder that `mma-bench train` wrote, or an adapter that ships.

    Raises:
        OptionsError: there is no such project, dataset or adapter, or `out` is there.
        ReleaseError: the parts disagree; the message has all of it.
    """
    if out.exists():
        raise OptionsError(f"--out {out}: is there already; a release is made once, choose another folder")
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    parts = Parts(
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
    record, said = _record(partial, parts), remarks(parts)
    write_text(partial / RELEASE_JSON, json.dumps(record, indent=1) + "\n")
    partial.rename(out)
    return Release(out, record, said)


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
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OptionsError(f'the wheel cannot be built ({said}); pip install -e ".[dev]" brings what it needs')
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


def _record(folder: Path, parts: Parts) -> dict[str, Any]:
    return {
        "schema": 1,
        "version": parts.version,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "classes": list(parts.built.classes),
        "dataset_digest": parts.built.dataset_digest,
        "files": file_digests(folder, folder),
    }
