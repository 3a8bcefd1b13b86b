"""`mma-bench push metric`: the folder that `evaluate.load` gets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import SpaceCard

from conftest import Command
from loopback_hub import LoopbackHub
from mma_bench.core.errors import OptionsError
from mma_bench.hub.publication import Target
from mma_eval.scoring.publication import metric_card, metric_publication

FOLDER = Path(__file__).parents[4] / "eval" / "mma_accuracy"
REPO = ("space", "org/mma_accuracy")


def test_evaluate_loads_it_from_the_hub(at_hub: Command, hub: LoopbackHub, tmp_path: Path) -> None:
    said = at_hub("push", "metric", "--to", "org/mma_accuracy", "--tag", "v1").stdout
    assert 'evaluate.load("org/mma_accuracy", revision="v1")' in said
    assert hub.repo(*REPO).sdk == "gradio"
    code = (
        'import evaluate\nmetric = evaluate.load("org/mma_accuracy")\n'
        'found = metric.compute(predictions=["A clock.", None], references=["Clock", "Bird"])\n'
        'print(found["accuracy"], found["accuracy_valid"])'
    )
    (tmp_path / "empty").mkdir()
    env = {**os.environ, **hub.environment(tmp_path / "other home", token=None), "PYTHONPATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "empty", env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "0.5 1.0", done.stderr


def test_what_is_published_is_the_folder_with_a_card_for_its_place(at_hub: Command, hub: LoopbackHub) -> None:
    at_hub("push", "metric", FOLDER, "--to", "org/mma_accuracy")
    there = hub.repo(*REPO).files()
    here = {p.name: p.read_bytes() for p in FOLDER.iterdir() if p.is_file()}
    assert set(there) == set(here)
    assert {name for name in there if there[name] != here[name]} == {"README.md"}
    card = SpaceCard(there["README.md"].decode())
    assert (card.data.sdk, card.data.app_file, card.data.license) == ("gradio", "app.py", "apache-2.0")
    assert 'evaluate.load("org/mma_accuracy")\n' in card.text


def test_the_card_in_the_folder_is_the_template_filled() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == metric_card("mma_accuracy"), "write it again"


def test_under_another_name_evaluate_would_not_find_it() -> None:
    with pytest.raises(OptionsError, match="expected ORG/mma_accuracy"):
        metric_publication(None, Target(id="org/my_metric"))
