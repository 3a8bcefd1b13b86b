"""Resolve a dataset reference: a folder, or the cache of the Hub's client."""

import shutil
from pathlib import Path

import pytest

from conftest import Command
from loopback_hub.clients import clients_see
from mma_bench.dataset.reading import resolve_dataset
from mma_bench.dataset.shards import DataFolderError


def test_a_folder_comes_first(built: Path) -> None:
    assert resolve_dataset(str(built)).folder == built


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(DataFolderError, match="nowhere: no such folder"):
        resolve_dataset("nowhere")


def test_only_what_is_needed_of_a_dataset_on_the_hub_has_to_be_there(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
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
    monkeypatch.chdir(tmp_path)
    asked = ("eval", "--model", "random", "--conditions")
    with clients_see({"HF_HUB_CACHE": str(kept.parent), "HF_HUB_OFFLINE": "1"}):
        done = command(*asked, "aligned", "--conditions", "misaligned", "--data", "org/bench", "--out", "run")
        assert "misaligned" in done.stdout
        refused = command(*asked, "long_context", "--overwrite", "--data", "org/bench", "--out", "run", code=1)
        assert "long_context" in refused.stderr
        nobody = command(*asked, "aligned", "--data", "org/other", "--out", "run2", code=1)
        assert "the download from the Hub failed" in nobody.stderr
