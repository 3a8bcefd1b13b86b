"""An adapter's card: its commands and snippet run, and its statements are true."""

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Command
from mma_eval.resolve import resolve_model
from mma_training.adapter.card import THINKERS, card_of
from mma_training.adapter.record import TrainingRecord, read_training
from mma_training.config import parse_config
from mma_training.train.train import train
from random_omni import save_random_omni
from small_tuning import small_tuning


def card(adapter: Path, **changes: Any) -> str:
    return card_of(adapter, TrainingRecord.model_validate(read_training(adapter).as_json() | changes))


def commands(text: str) -> list[list[str]]:
    """Return the commands of a card, each split into words."""
    return [shlex.split(line.removeprefix("$ mma-bench ")) for line in text.splitlines() if line.startswith("$ ")]


def front(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---")[1])
    return found


@pytest.fixture
def mine(adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The adapter where a user has it, seen from where the user is."""
    shutil.copytree(adapter, tmp_path / "adapters" / "mine")
    monkeypatch.chdir(tmp_path)
    return Path("adapters/mine")


def test_its_snippet_gives_the_tuned_model(mine: Path) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", card(mine), re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    assert any("lora_A" in name for name, _ in names["model"].named_parameters())


def test_its_evaluation_runs(mine: Path, built: Path, command: Command) -> None:
    (evaluation,) = (words for words in commands(card(mine)) if words[0] == "eval")
    assert evaluation[evaluation.index("--adapter") + 1] == "adapters/mine"
    done = command(*evaluation, "--data", built, "--conditions", "aligned", "--limit", "2")
    assert "aligned" in done.stdout


def test_its_commands_build_the_dataset_and_train(mine: Path, tuning_data: Path, command: Command) -> None:
    build, training = (words for words in commands(card(mine)) if words[0] in ("build", "train"))
    command(*build)
    assert Path(tuning_data.name, "build.json").is_file()
    done = command(*training, "--set", "optimisation.epochs=0.1")
    assert "parameters, best of" in done.stdout


def test_what_is_no_hub_id_is_not_named_as_one(mine: Path) -> None:
    found = front(card(mine))
    assert (found["license"], found["library_name"]) == ("apache-2.0", "peft")
    assert "base_model" not in found
    record = json.loads((mine / "training.json").read_text())
    base = {"base": record["base"] | {"name": "Qwen/Qwen2.5-Omni-7B"}}
    assert front(card(mine, **base))["base_model"] == "Qwen/Qwen2.5-Omni-7B"
    assert front(card(mine, dataset="org/mma-bench@v1"))["datasets"] == ["org/mma-bench"]


def test_a_base_in_a_folder_is_named_by_where_it_lies(
    tuning_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_random_omni(tmp_path / "models" / "random", "qwen3_omni_moe")
    monkeypatch.chdir(tmp_path)
    short = {"epochs": 0.1, "accumulation": 1}
    content = small_tuning(
        tuning_data, str(tmp_path / "models" / "random"), data={"limit": 1}, optimisation=short,
        validation={"times": 1, "questions": 4}, lora={"targets": "attention"},
    )  # fmt: skip
    train(parse_config(content, "test"), Path("mine"))
    text = Path("mine/README.md").read_text()
    assert 'Qwen3OmniMoeThinkerForConditionalGeneration.from_pretrained("models/random")' in text
    assert "mma-bench eval --model models/random --adapter mine " in text
    assert str(tmp_path) not in text


def test_the_thinkers_are_called_as_in_transformers(checkpoint: Path) -> None:
    model: Any = resolve_model(str(checkpoint))
    assert model.classes()[0].__name__ == THINKERS[model.family]


def test_classes_that_were_left_out_are_named_before_any_evaluation(half_seen: Path, left_out: tuple[str, ...]) -> None:
    text = (half_seen / "README.md").read_text()
    assert f"Left out of the tuning, neither shown nor played: {', '.join(sorted(left_out))}." in text
    assert "Not evaluated" in text
