"""`mma-bench release`: the parts of one version together, or the reasons why they are not."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Command
from mma_bench import __version__
from mma_bench.core.errors import OptionsError
from mma_space.publish.release import Release, ReleaseError, ReleaseParts, disagreements, make_release, remarks

ROOT = Path(__file__).parents[4]
FOLDERS = ("mma-bench", "mma_accuracy", "mma-adapter", "mma-space")


@pytest.fixture(scope="module")
def release(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make_release(tmp_path_factory.mktemp("made") / "release", project=ROOT, data=built, adapter="tiny-omni-mma")


def test_it_has_the_wheel_and_the_four_folders_and_says_so_last(release: Release) -> None:
    there = {path.name for path in release.folder.iterdir()}
    assert there == {"dist", "mma-bench", "mma_accuracy", "mma-adapter", "mma-space", "release.json"}
    record = json.loads((release.folder / "release.json").read_text())
    assert record["version"] == __version__
    assert f"dist/mma_bench-{__version__}-py3-none-any.whl" in record["files"]
    for path, digest in record["files"].items():
        assert hashlib.sha256((release.folder / path).read_bytes()).hexdigest() == digest


def test_in_its_folder_the_dataset_and_the_metric_load_by_their_names(release: Release, tmp_path: Path) -> None:
    code = (
        'import evaluate\nfrom datasets import load_dataset\nmetric = evaluate.load("mma_accuracy")\n'
        'print(load_dataset("mma-bench", "misaligned")["test"].num_rows)\n'
        'print(metric.compute(predictions=["A clock."], references=["Clock"])["accuracy"])'
    )
    env = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=release.folder, env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["24", "1.0"], done.stderr


def test_it_remarks_on_what_is_to_be_looked_at(release: Release) -> None:
    assert any("the adapter's scores are on another dataset (9096ea37)" in remark for remark in release.remarks)


def _with(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _versions(parts: ReleaseParts) -> None:
    _with(parts.dataset / "build.json", versions={"mma-bench": "0.0.9"})


def _classes(parts: ReleaseParts) -> None:
    data = json.loads((parts.adapter / "training.json").read_text())["data"]
    _with(parts.adapter / "training.json", data={**data, "seen_classes": data["seen_classes"][1:]})


def _rows(parts: ReleaseParts) -> None:
    shutil.copy(
        parts.dataset / "aligned" / "test-00000-of-00001.parquet",
        parts.dataset / "misaligned" / "test-00000-of-00001.parquet",
    )


def _card(parts: ReleaseParts) -> None:
    card = parts.dataset / "README.md"
    card.write_text(card.read_text().replace("  version: 1.0.", "  version: 1.0.1", 1))


def _code(parts: ReleaseParts) -> None:
    (parts.space / "mma_bench" / "benchmark" / "prompts.py").write_text("")


def _metric(parts: ReleaseParts) -> None:
    (parts.metric / "outcomes.py").write_text("")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_versions, "version: the dataset's build.json has 0.0.9, the wheel"),
        (_classes, "classes: the dataset has Accordion, which the adapter's training data lacks"),
        (_rows, "digest: the files of misaligned are not those that build.json describes"),
        (_card, "digest: README.md has version 1.0.1"),
        (_code, "code: mma_bench/benchmark/prompts.py in the Space does not match this version"),
        (_metric, "code: mma_accuracy/outcomes.py in the metric does not match this version"),
        (lambda parts: (parts.metric / "outcomes.py").unlink(), "code: mma_accuracy/outcomes.py in the metric"),
        (lambda parts: shutil.rmtree(parts.space / "mma_eval"), "code: mma_eval/__init__.py in the Space"),
        (lambda parts: (parts.space / "requirements.txt").write_text(""), "code: requirements.txt in the Space"),
        (lambda parts: (parts.space / "mma_eval" / "key.pem").write_text("x"), "code: mma_eval/key.pem in the Space"),
    ],
)
def test_parts_that_disagree_are_named_with_both_sides(
    release: Release, tmp_path: Path, change: Callable[[ReleaseParts], None], reason: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.folder, copy)
    (wheel,) = (copy / "dist").glob("*.whl")
    parts = ReleaseParts(
        ROOT, wheel, copy / "mma-bench", copy / "mma_accuracy", copy / "mma-adapter", copy / "mma-space"
    )
    assert disagreements(parts) == []
    change(parts)
    assert any(reason in line for line in disagreements(replace(parts))), disagreements(replace(parts))


def test_the_changelog_and_the_citation_are_of_the_version(release: Release, tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.0.9 (2026-01-01)\n")
    (tmp_path / "CITATION.cff").write_text("version: 0.0.8\n")
    folder = release.folder
    (wheel,) = (folder / "dist").glob("*.whl")
    parts = ReleaseParts(
        tmp_path, wheel, *(folder / n for n in ("mma-bench", "mma_accuracy", "mma-adapter", "mma-space"))
    )
    found = disagreements(parts)
    assert f"version: CHANGELOG.md has 0.0.9, the wheel {__version__}" in found
    assert f"version: CITATION.cff has 0.0.8, the wheel {__version__}" in found
    assert not any("unreleased" in remark for remark in remarks(parts))


def test_what_disagrees_is_not_released(built: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(built, data)
    _with(data / "build.json", versions={"mma-bench": "0.0.9"})
    with pytest.raises(ReleaseError, match=r"left in .*, disagree:\n- version: the dataset's build.json"):
        make_release(tmp_path / "release", project=ROOT, data=data, adapter="tiny-omni-mma")
    assert not (tmp_path / "release").exists()


def test_the_command_says_how_to_publish_what_it_made(built: Path, command: Command, tmp_path: Path) -> None:
    out = tmp_path / "release"
    said = command("release", "--project", ROOT, "--data", built, "--out", out).stdout
    assert f"mma-bench push dataset {out}/mma-bench --to ORG/mma-bench --tag v{__version__}" in said
    with pytest.raises(OptionsError, match=r"no pyproject\.toml of mma-bench"):
        make_release(tmp_path / "other", project=tmp_path, data=built, adapter="tiny-omni-mma")
    with pytest.raises(OptionsError, match="exists already"):
        make_release(out, project=ROOT, data=built, adapter="tiny-omni-mma")
