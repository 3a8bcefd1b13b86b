"""The numbers on the page: the paper's as they are, tiny-omni's as in its adapter's card, one's own runs."""

import json
import shutil
from pathlib import Path

import pytest

from mma_cards.reported import reported_results
from mma_eval.evaluation import evaluate
from mma_eval.resolve import WEIGHTS
from mma_eval.run.options import EvalOptions
from mma_eval.scoring.results import chosen
from mma_space.page.rendering import accuracy_html, followed_html, footnotes_html
from mma_space.page.results_tab import all_results


def test_every_reported_number_is_there(tmp_path: Path) -> None:
    found, problems = all_results(tmp_path)
    assert len([r for r in found if r.source.startswith("paper")]) == len(reported_results())
    assert problems == []


def test_what_was_measured_is_what_the_adapters_card_says(tmp_path: Path) -> None:
    cells = json.loads((WEIGHTS / "tiny-omni-mma" / "scores.json").read_text())["cells"]
    found, _ = all_results(tmp_path)
    for cell in (c for c in cells if c["classes"] == "all"):
        for model, voice in (("tiny-omni", "base"), ("tiny-omni+tiny-omni-mma", "tuned")):
            (result,) = [r for r in chosen(found, cell["condition"], cell["prompt"]) if r.model == model]
            assert result.percent == pytest.approx(100 * cell[voice])


def test_best_first_and_never_across_clips(tmp_path: Path) -> None:
    found = chosen(all_results(tmp_path)[0], "misaligned", "audio")
    for clips in {r.clips for r in found}:
        of_these = [r.percent for r in found if r.clips == clips]
        assert of_these == sorted(of_these, reverse=True)
    assert [r.clips for r in found] == sorted((r.clips for r in found), key=[r.clips for r in found].index)
    html = accuracy_html(found)
    groups = html.split("<figure")[1:]
    assert len(groups) == 2
    assert sum("Gemini-2.5-Pro" in group for group in groups) == 1
    assert not any("tiny-omni" in group and "Gemini" in group for group in groups)


def test_contradictions_are_footnoted(tmp_path: Path) -> None:
    found = chosen(all_results(tmp_path)[0], "misaligned", "visual")
    assert "README table prints 76.68" in footnotes_html(found)


def test_own_runs_are_shown_and_broken_ones_named(built: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    evaluate(EvalOptions(model="constant:Bird", data=str(built), out=runs / "mine", limit=4))
    for name, record in (("empty", "{}"), ("list", "[]"), ("cut", '{"name":')):
        (runs / name).mkdir()
        (runs / name / "run.json").write_text(record)
    shutil.copytree(runs / "mine", runs / "odd")
    (runs / "odd" / "metrics.json").write_text('{"cells": [{}]}')
    found, problems = all_results(runs)
    mine = [r for r in found if r.source == "runs/mine"]
    assert len(mine) == 12
    assert "part of the dataset" in mine[0].note
    assert ["nothing to see or hear" in r.note for r in mine].count(True) == 2
    assert sorted(problem.partition(":")[0] for problem in problems) == ["cut", "empty", "list", "odd"]
    assert str(tmp_path) not in str(problems)
    assert "mine: long_context, audio: grounded 25 %, other class 75 %" in followed_html(mine)


def test_who_was_followed_is_told_only_where_it_is_known(tmp_path: Path) -> None:
    reported = [r for r in all_results(tmp_path)[0] if r.source.startswith("paper")]
    assert "accuracies only" in followed_html(reported)
