"""An adapter's scores: in its card, where the Hub reads them, and in the report, by halves of the classes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from conftest import Command
from mma_eval.evaluation import evaluate
from mma_eval.report.write import write_report
from mma_eval.run.options import EvalOptions
from mma_eval.run.store import PREDICTIONS, read_predictions, write_predictions
from mma_eval.scoring.scores import score_run
from mma_training.adapter.folder import HUB_RESULTS
from mma_training.adapter.scores import keep_scores
from mma_training.errors import TrainingError
from mma_training.train.train import train
from small_tuning import Configure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scores")


@pytest.fixture(scope="module")
def half_seen(configure: Configure, cache: Path, left_out: tuple[str, ...], folder: Path) -> Path:
    """An adapter that six of twelve classes were left out of."""
    out = folder / "half"
    train(configure(data={"unseen_classes": left_out, "limit": 6}, optimisation={"epochs": 0.2}), out, cache=cache)
    return out


@pytest.fixture(scope="module")
def runs(half_seen: Path, built: Path, folder: Path) -> tuple[Path, Path]:
    """tiny-omni alone and with it, aligned and misaligned."""
    conditions = ("aligned", "misaligned")
    base, tuned = folder / "tiny-omni", folder / "tiny-omni+half"
    evaluate(EvalOptions(data=str(built), conditions=conditions, out=base))
    options = {"adapter": str(half_seen)}
    evaluate(EvalOptions(data=str(built), conditions=conditions, out=tuned, model_options=options))
    return base, tuned


def test_the_card_has_both_halves_and_the_hub_its_results(
    half_seen: Path, runs: tuple[Path, Path], command: Command
) -> None:
    base, tuned = runs
    run = ("adapter-card", half_seen, "--base", base, "--tuned", tuned, "--dataset-id", "org/mma-bench")
    said = command(*run).stdout
    assert said.split() == [str(half_seen / "README.md"), str(half_seen / HUB_RESULTS)]
    scores = json.loads((half_seen / "scores.json").read_text())
    counts = {(c["classes"], c["condition"], c["prompt"]): c["n"] for c in scores["cells"]}
    assert counts["all", "aligned", "visual"] == 24
    assert counts["seen", "aligned", "visual"] + counts["unseen", "aligned", "visual"] == 24
    assert (
        counts["seen", "misaligned", "audio"] + counts["unseen", "misaligned", "audio"] < 24
    )  # one of each is neither
    card = (half_seen / "README.md").read_text()
    assert "Rows whose classes were never in the tuning" in card
    assert "is in neither half" in card
    assert "| misaligned | sound | 24 | " in card
    metrics = json.loads((tuned / "metrics.json").read_text())
    entries = yaml.safe_load((half_seen / HUB_RESULTS).read_text())
    assert [e["value"] for e in entries] == [round(100 * c["accuracy"], 2) for c in metrics["cells"]]
    assert entries[0]["dataset"] == {"id": "org/mma-bench", "task_id": "aligned_visual"}


def test_the_report_shows_both_halves(runs: tuple[Path, Path], folder: Path) -> None:
    page = write_report(list(runs), folder / "report.html").markdown.read_text()
    assert "classes seen in tuning" in page
    assert "classes never seen in tuning" in page
    assert "is in neither half" in page


def test_a_question_without_an_answer_is_wrong_as_in_the_scores(
    half_seen: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    base, tuned = runs[0], shutil.copytree(runs[1], tmp_path / "tuned")
    made = list(read_predictions(tuned / PREDICTIONS).values())
    lost = [replace(p, answer=None, error="time-out") if k % 4 == 0 else p for k, p in enumerate(made)]
    write_predictions(tuned / PREDICTIONS, lost)
    metrics, adapter = score_run(tuned), shutil.copytree(half_seen, tmp_path / "half")
    keep_scores(adapter, base, tuned)
    cells = [c for c in json.loads((adapter / "scores.json").read_text())["cells"] if c["classes"] == "all"]
    assert [(c["n"], c["tuned"]) for c in cells] == [(c["n"], c["accuracy"]) for c in metrics["cells"]]
    assert f"wrong: 0 of the base, {len(made) // 4} of the tuned model" in (adapter / "README.md").read_text()


def test_runs_of_different_questions_are_refused(
    half_seen: Path, runs: tuple[Path, Path], built: Path, tmp_path: Path
) -> None:
    conditions = ("aligned", "misaligned")
    evaluate(EvalOptions(data=str(built), conditions=conditions, out=tmp_path / "part", limit=6))
    before = (half_seen / "README.md").read_bytes()
    with pytest.raises(TrainingError, match=r"part has 24 questions and .* 96, 24 of them the same"):
        keep_scores(half_seen, tmp_path / "part", runs[1])
    assert (half_seen / "README.md").read_bytes() == before


def test_a_part_is_not_written_for_the_hub(
    half_seen: Path, runs: tuple[Path, Path], built: Path, tmp_path: Path
) -> None:
    adapter, parts = shutil.copytree(half_seen, tmp_path / "half"), []
    for options in ({}, {"adapter": str(half_seen)}):
        parts.append(tmp_path / f"part{len(parts)}")
        evaluate(EvalOptions(data=str(built), out=parts[-1], limit=6, model_options=options))
    before = (adapter / "README.md").read_bytes()
    with pytest.raises(TrainingError, match="a part of the dataset"):
        keep_scores(adapter, *parts, dataset_id="org/mma-bench")
    assert (adapter / "README.md").read_bytes() == before


def test_runs_of_other_things_are_refused(half_seen: Path, adapter: Path, runs: tuple[Path, Path]) -> None:
    base, tuned = runs
    with pytest.raises(TrainingError, match=r"not a run of .*mine, but of half"):
        keep_scores(adapter, base, tuned)
    with pytest.raises(TrainingError, match=r"not a run of .*half, but of no adapter"):
        keep_scores(half_seen, tuned, base)
    with pytest.raises(TrainingError, match="not a run of tiny-omni alone"):
        keep_scores(half_seen, tuned, shutil.copytree(tuned, tuned.with_name("copy")))


def test_a_run_of_the_same_name_before_it_was_trained_anew_is_refused(
    adapter: Path, half_seen: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    anew = shutil.copytree(adapter, tmp_path / half_seen.name)
    with pytest.raises(TrainingError, match="a run of other weights that had the name half"):
        keep_scores(anew, *runs)


def test_a_folder_that_is_no_training_is_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no training\.json"):
        keep_scores(tmp_path, *runs)
