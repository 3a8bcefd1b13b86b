"""The adapter that ships: made by the command, of the base that ships, and what its card says is what it does."""

import json
from pathlib import Path

import yaml

from conftest import Command
from mma_eval.evaluation import evaluate
from mma_eval.resolve import WEIGHTS
from mma_eval.run.options import EvalOptions
from mma_training.adapter.card import card_of
from mma_training.adapter.record import read_training
from mma_training.config import load_config, parse_config

SHIPPED = WEIGHTS / "tiny-omni-mma"


def test_it_answers_from_the_sense_that_is_asked_about(held_out: Path, tmp_path: Path) -> None:
    report = evaluate(EvalOptions(data=str(held_out), out=tmp_path / "run", model_options={"adapter": "tiny-omni-mma"}))
    assert report.metrics is not None
    assert report.errors == 0
    right = [c.accuracy for c in report.metrics.cells if c.condition in ("aligned", "misaligned")]
    assert min(right) >= 0.85  # 24 clips; the card has 1,008


def test_its_configuration_is_the_one_that_ships() -> None:
    given = parse_config(yaml.safe_load((SHIPPED / "config.yaml").read_text()), "config.yaml")
    ours = load_config("tiny_omni")
    assert given.model_copy(update={"data": ours.data}) == ours
    assert given.data.model_copy(update={"name": ours.data.name}) == ours.data


def test_its_card_has_its_scores_on_a_thousand_clips() -> None:
    card, scores = (SHIPPED / "README.md").read_text(), json.loads((SHIPPED / "scores.json").read_text())
    assert scores["clips"] >= 1000
    cells = {(c["condition"], c["prompt"]): c for c in scores["cells"]}
    assert len(cells) == 12
    for prompt in ("visual", "audio"):
        assert cells["misaligned", prompt]["tuned"] >= 0.9
        assert cells["aligned", prompt]["difference"] >= -0.02
    for cell in cells.values():
        assert f"| {100 * cell['base']:.1f} | {100 * cell['tuned']:.1f} [" in card


def test_its_card_is_what_its_files_say() -> None:
    shipped = (SHIPPED / "README.md").read_text()
    assert card_of(SHIPPED, read_training(SHIPPED)) == shipped


def test_it_holds_nothing_but_the_adapter_and_its_papers() -> None:
    names = {path.name for path in SHIPPED.iterdir()}
    assert names == {
        "README.md", "adapter_config.json", "adapter_model.safetensors", "config.yaml", "scores.json", "training.json",
        "training.jsonl", "training.png",
    }  # fmt: skip
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1_500_000


def test_the_command_finds_it_by_name(held_out: Path, tmp_path: Path, command: Command) -> None:
    run = ("eval", "--model", "tiny-omni", "--adapter", "tiny-omni-mma", "--data", held_out, "--limit", "2")
    done = command(*run, "--out", tmp_path / "run")
    assert "misaligned" in done.stdout
    assert "Unable to fetch" not in done.stderr
