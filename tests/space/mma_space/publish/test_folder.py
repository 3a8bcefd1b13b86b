"""The folder that is pushed runs by itself, with what its requirements.txt names and nothing else."""

import tomllib
from pathlib import Path

import pytest
from huggingface_hub import SpaceCard
from packaging.requirements import Requirement

from mma_bench.core.errors import OptionsError
from mma_space.publish.folder import PACKAGES, space_card, write_space_folder
from mma_space.settings import Settings

ROOT = Path(__file__).parents[4]


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
    settings = Settings("Qwen/Qwen2.5-Omni-7B", "org/mma-adapter", "org/mma-bench@v1", metric="org/mma_accuracy")
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
