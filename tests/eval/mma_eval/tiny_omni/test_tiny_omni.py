"""tiny-omni: what it is taught, what is shipped, and that it can be made again."""

import json
import re
import string
from collections import Counter
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import pytest

from mma_bench.benchmark.prompts import YES_OR_NO, existence_question
from mma_bench.core.records import read_record, record_text
from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.evaluation import evaluate
from mma_eval.resolve import WEIGHTS
from mma_eval.run.options import EvalOptions
from mma_eval.run.record import RunError
from mma_eval.tiny_omni.architecture import make_tokenizer
from mma_eval.tiny_omni.card import Phase, Recipe, TinyOmniScores, TinyOmniTraining, write_card
from mma_eval.tiny_omni.train import train_tiny_omni
from mma_eval.tiny_omni.training_data import KINDS, draw_example

SHIPPED = WEIGHTS / "tiny-omni"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer(CLASSES)


@pytest.mark.parametrize("text", ["", "Bird", "naïve 鸟 \u2028 🚗", "{Bird, Frying_food}.", string.printable])
def test_any_text_survives_the_tokenizer(text: str, tokenizer: Any) -> None:
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_letters_and_classes_are_single_tokens(tokenizer: Any) -> None:
    letters = [f" {letter}" for letter in string.ascii_lowercase]
    assert all(len(tokenizer(text)["input_ids"]) == 1 for text in (*letters, *CLASSES, "Yes", "No"))


def test_no_example_holds_a_conflict() -> None:
    rng = np.random.default_rng(0)
    examples = [draw_example(CLASSES, rng, ("all", "existence", "long")[k % 3]) for k in range(3000)]
    assert all(None in (e.video_class, e.audio_class) or e.video_class == e.audio_class for e in examples)
    assert all(e.video_class is not None or e.audio_class is not None for e in examples)
    assert not any("caption" in asked.text for e in examples for asked in e.questions)


def test_only_a_sense_that_is_there_is_asked_about() -> None:
    rng = np.random.default_rng(1)
    for example in (draw_example(CLASSES, rng) for _ in range(1000)):
        for asked in example.questions:
            heard = "audio" in asked.text or "sound" in asked.text
            assert (example.audio_class if heard else example.video_class) is not None


def test_yes_and_no_are_balanced_and_true() -> None:
    rng = np.random.default_rng(2)
    counts: Counter[str] = Counter()
    for example in (draw_example(CLASSES, rng) for _ in range(1000)):
        shown = CLASSES[example.audio_class if example.video_class is None else example.video_class]  # type: ignore[index]
        for asked in example.questions:
            if asked.answer in ("Yes", "No"):
                counts[asked.answer] += 1
                truths = {existence_question(p, shown) for p in ("visual", "audio")}
                assert (asked.text.partition(YES_OR_NO)[0] + YES_OR_NO in truths) == (asked.answer == "Yes")
            else:
                assert asked.answer == shown
    assert counts["Yes"] == counts["No"] > 500


def test_the_kinds_cover_each_sense_alone_and_both_together() -> None:
    assert {(k.streams, k.prompt) for k in KINDS} == {
        ("video", "visual"), ("audio", "audio"), ("both", "visual"), ("both", "audio"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    short = Phase(steps=3, batch=8, peak=1e-3)
    return Recipe(seed=0, pictures=12, sounds=12, see=short, hear=short, answer=short.with_(steps=12))


def test_the_same_recipe_makes_the_same_weights(recipe: Recipe, tmp_path: Path) -> None:
    steps: list[str] = []
    made, again, other = (tmp_path / name for name in "abc")
    train_tiny_omni(made, recipe, workers=1, progress=lambda step, done, total: steps.append(step))
    train_tiny_omni(again, recipe, workers=1)
    train_tiny_omni(other, recipe.with_(seed=1), workers=1)
    weights = [(folder / "model.safetensors").read_bytes() for folder in (made, again, other)]
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]
    assert list(dict.fromkeys(steps)) == ["pictures", "sounds", "see", "hear", "answer"]
    record = json.loads((made / "training.json").read_text())
    shipped = json.loads((SHIPPED / "training.json").read_text())
    assert record["parameters"] == shipped["parameters"]
    assert "Not evaluated yet" in (made / "README.md").read_text()


def test_what_ships_is_small_safe_and_complete() -> None:
    files = {p.name: p.stat().st_size for p in SHIPPED.iterdir()}
    assert sum(files.values()) < 6_000_000
    assert {"config.json", "model.safetensors", "processor_config.json", "tokenizer.json", "README.md"} <= set(files)
    assert not any(name.endswith((".bin", ".pt", ".pkl", ".py")) for name in files)


def test_the_plain_classes_of_transformers_read_what_ships() -> None:
    from transformers import Qwen2_5OmniProcessor, Qwen2_5OmniThinkerForConditionalGeneration

    thinker = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(SHIPPED)
    processor = Qwen2_5OmniProcessor.from_pretrained(SHIPPED)
    parameters = sum(p.numel() for p in thinker.parameters())
    assert 0.5e6 < parameters < 2e6
    assert len(processor.tokenizer) == thinker.config.text_config.vocab_size


def test_its_card_says_what_it_is_and_scores(tmp_path: Path) -> None:
    card = (SHIPPED / "README.md").read_text()
    assert "an instrument for testing and teaching, not a result" in card
    scores = json.loads((SHIPPED / "scores.json").read_text())
    assert scores["clips"] >= 1000
    by_cell = {(c["condition"], c["prompt"]): c for c in scores["cells"]}
    for cell in (("aligned", "visual"), ("aligned", "audio"), ("audio_removed", "visual"), ("frames_zeroed", "audio")):
        assert by_cell[cell]["accuracy"] >= 0.9
        assert f"{100 * by_cell[cell]['accuracy']:.1f}" in card


def test_it_knows_each_sense_alone_and_follows_one_where_they_conflict(held_out: Path, tmp_path: Path) -> None:
    report = evaluate(EvalOptions(model="tiny-omni", data=str(held_out), out=tmp_path / "run"))
    assert report.metrics is not None
    assert report.errors == 0
    right = {(c.condition, c.prompt): c.accuracy for c in report.metrics.cells}
    for cell in (("aligned", "visual"), ("aligned", "audio"), ("audio_removed", "visual"), ("frames_zeroed", "audio")):
        assert right[cell] >= 0.85  # 24 clips; the card has 1,008
    fallen = {p: right["aligned", p] - right["misaligned", p] for p in ("visual", "audio")}
    assert max(fallen.values()) >= 0.25
    follow = {p.condition: p.outcomes for p in report.metrics.pairs}["misaligned"]
    assert follow["follows_audio"] + follow["follows_video"] > 0.25


def test_training_and_scores_are_read_and_written_back_byte_for_byte() -> None:
    for name, kind in (("training.json", TinyOmniTraining), ("scores.json", TinyOmniScores)):
        assert record_text(read_record(SHIPPED / name, kind, made_by="mma-bench")) == (SHIPPED / name).read_text()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("training.json", None, "no training.json"),
        ("training.json", "[]", "expected an object, found []"),
        ("training.json", '{"recipe": {"seed": "0"}}', 'recipe.seed: expected an integer, found "0"'),
        ("training.json", '{"recipe": ' * 100_000, "nested too deeply"),
        ("scores.json", '{"clips": 3, "clips": 4}', "duplicate key 'clips'"),
        ("scores.json", '{"clips": 3, "command": null}', "command: expected a string, found null"),
        ("scores.json", "{", "not JSON"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong_in_it(
    name: str, text: str | None, told: str, tmp_path: Path
) -> None:
    for shipped in ("training.json", "scores.json"):
        copy(SHIPPED / shipped, tmp_path)
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(RunError, match=re.escape(told)) as error:
        write_card(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert name in str(error.value)
