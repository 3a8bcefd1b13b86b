"""Where a dataset is found: in a folder, or as the Hub's client keeps it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mma_bench.dataset.resolve import resolve_dataset
from mma_bench.dataset.shards import DataFolderError


def test_a_folder_comes_first(built: Path) -> None:
    assert resolve_dataset(str(built)).folder == built


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(DataFolderError, match="nowhere: no such folder"):
        resolve_dataset("nowhere")


def test_only_what_is_needed_of_a_dataset_on_the_hub_has_to_be_there(built: Path, tmp_path: Path) -> None:
    """The client's cache, as it is after a download of two configs; nothing is asked of a network."""
    kept = tmp_path / "cache" / "datasets--org--bench"
    snapshot = kept / "snapshots" / ("0" * 40)
    for condition in ("aligned", "misaligned"):
        shutil.copytree(
            built / condition, snapshot / condition, ignore=shutil.ignore_patterns("train-*", "validation-*")
        )
    shutil.copy(built / "build.json", snapshot)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("0" * 40)
    command = [sys.executable, "-m", "mma_bench", "eval", "--model", "random", "--data", "org/bench", "--out", "run"]
    env = os.environ | {"HF_HUB_CACHE": str(kept.parent), "HF_HUB_OFFLINE": "1"}
    asked = [*command, "--conditions", "aligned", "--conditions", "misaligned"]
    done = subprocess.run(asked, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "misaligned" in done.stdout
    other = [*command, "--conditions", "long_context", "--overwrite"]
    refused = subprocess.run(other, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "long_context" in refused.stderr
    missing = [*command[:-3], "org/other", "--out", "run2"]
    nobody = subprocess.run(missing, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert nobody.returncode == 1
    assert "cannot be downloaded from the Hub" in nobody.stderr
    assert "Traceback" not in nobody.stderr
