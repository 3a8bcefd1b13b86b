"""The folder that is pushed runs by itself, with what its requirements.txt names and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from gradio_client import Client
from huggingface_hub import SpaceCard
from packaging.requirements import Requirement

from mma_bench.errors import OptionsError
from mma_space.folder import PACKAGES, space_card, write_space_folder
from mma_space.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pushed") / "space"
    write_space_folder(out, Settings())
    return out


def test_it_holds_the_entry_the_packages_and_the_card(folder: Path) -> None:
    assert {p.name for p in folder.iterdir()} == {"app.py", "requirements.txt", "settings.json", "README.md", *PACKAGES}
    assert not list(folder.rglob("*.pyc"))
    assert (folder / "mma_eval" / "weights" / "tiny-omni" / "model.safetensors").stat().st_size > 1_000_000


def test_the_files_of_the_checkout_are_those_that_are_pushed(folder: Path) -> None:
    for name in ("app.py", "requirements.txt"):
        assert (folder / name).read_text() == (ROOT / "space" / name).read_text(), "write it again from the folder's"


def test_the_requirements_are_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [Requirement(r) for r in [*project["dependencies"], *extras["models"], *extras["space"]]]
    listed = [r for r in (ROOT / "space" / "requirements.txt").read_text().splitlines() if not r.startswith("#")]
    named = {str(r).replace("_", "-") for r in wanted if r.name != "mma-bench"}
    assert {str(Requirement(r)) for r in listed} == named
    assert len(listed) == len(named)


def test_the_card_is_one_for_the_hub() -> None:
    settings = Settings("Qwen/Qwen2.5-Omni-7B", "org/mma-adapter", "org/mma-bench", metric="org/mma_accuracy")
    card = SpaceCard(space_card(settings, "zero-a10g"))
    assert (card.data.sdk, card.data.app_file) == ("gradio", "app.py")
    assert card.data.to_dict()["models"] == ["Qwen/Qwen2.5-Omni-7B", "org/mma-adapter"]
    assert card.data.to_dict()["datasets"] == ["org/mma-bench"]
    assert "`MMA_METRIC` | `org/mma_accuracy`" in card.text
    assert len(card.data.to_dict()["short_description"]) <= 60


def test_it_is_written_again_over_itself_and_over_nothing_else(folder: Path, tmp_path: Path) -> None:
    (folder / "mma_space" / "old.py").write_text("")
    write_space_folder(folder, Settings())
    assert not (folder / "mma_space" / "old.py").exists()
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OptionsError, match=r"thesis\.tex"):
        write_space_folder(tmp_path, Settings())


def closure(requirements: list[str]) -> set[str]:
    """Names of all installed distributions that some requirements bring."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        installed = distribution(wanted.name)
        assert wanted.specifier.contains(installed.version, prereleases=True), wanted
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        fresh = key not in found
        found.add(key)
        for line in installed.requires or []:
            needed = Requirement(line)
            extras = wanted.extras or {""}
            applies = needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras)
            if applies and (fresh or wanted.extras) and re.sub(r"[-_.]+", "-", needed.name).lower() not in found:
                waiting.append(needed)
    return found


def test_it_starts_from_itself_alone_with_its_requirements_only(folder: Path, tmp_path: Path) -> None:
    """An interpreter without this environment's packages, but for links to those that requirements.txt brings."""
    lines = [r for r in (folder / "requirements.txt").read_text().splitlines() if not r.startswith("#")]
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in closure(lines):
        installed = distribution(name)
        for path in {p.parts[0] for p in installed.files or [] if p.parts[0] not in ("..", "__pycache__")}:
            link = packages / path
            if not link.exists():
                link.symlink_to(Path(str(installed.locate_file(path))).resolve())
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert base.exists()
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(packages),
        "TMPDIR": str(tmp_path),
    }  # fmt: skip
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen([str(base), "-S", "app.py"], cwd=folder, env=env, stdout=out, stderr=out)
    try:
        began = time.monotonic()
        while not (found := re.search(r"http://\S+", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < 60, log.read_text()
            time.sleep(0.1)
        client = Client(found[0], verbose=False)
        clip = client.predict(api_name="/clips")[0]["id"]
        assert len(client.predict(clip, "misaligned", api_name="/probe")["answers"]) == 4
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        assert str(ROOT / "space") not in loaded
    finally:
        process.terminate()
        process.wait(20)
