"""An adapter's scores: in its card, where the Hub reads them, and in the report, by halves of the classes."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from conftest import Command, MadeOnce
from mma_eval.evaluation import evaluate
from mma_eval.report.write import write_report
from mma_eval.run.options import EvalOptions
from mma_eval.run.store import PREDICTIONS, read_predictions, write_predictions
from mma_eval.scoring.metrics import score_run
from mma_training.adapter.folder import HUB_RESULTS
from mma_training.adapter.scores import keep_scores
from mma_training.errors import TrainingError

CONDITIONS = ("aligned", "misaligned")


@pytest.fixture(scope="session")
def runs(half_seen: Path, built: Path, made_once: MadeOnce) -> tuple[Path, Path]:
    """tiny-omni alone and with it, aligned and misaligned. Not to be changed."""
    options = EvalOptions(data=str(built), conditions=CONDITIONS)
    tuned = replace(options, model_options={"adapter": str(half_seen)})
    return (
        made_once("scored/tiny-omni", lambda out: evaluate(replace(options, out=out))),
        made_once("scored/tiny-omni+half", lambda out: evaluate(replace(tuned, out=out))),
    )


def test_the_card_has_both_halves_and_the_hub_its_results(
    half_seen: Path, runs: tuple[Path, Path], command: Command, tmp_path: Path
) -> None:
    (base, tuned), half = runs, shutil.copytree(half_seen, tmp_path / "half")
    run = ("adapter-card", half, "--base", base, "--tuned", tuned, "--dataset-id", "org/mma-bench")
    said = command(*run).stdout
    assert said.split() == [str(half / "README.md"), str(half / HUB_RESULTS)]
    scores = json.loads((half / "scores.json").read_text())
    counts = {(c["classes"], c["condition"], c["prompt"]): c["n"] for c in scores["cells"]}
    assert counts["all", "aligned", "visual"] == 24
    assert counts["seen", "aligned", "visual"] + counts["unseen", "aligned", "visual"] == 24
    assert (
        counts["seen", "misaligned", "audio"] + counts["unseen", "misaligned", "audio"] < 24
    )  # one of each is neither
    card = (half / "README.md").read_text()
    assert "Rows whose classes were never in the tuning" in card
    assert "is in neither half" in card
    assert "| misaligned | sound | 24 | " in card
    metrics = json.loads((tuned / "metrics.json").read_text())
    entries = yaml.safe_load((half / HUB_RESULTS).read_text())
    assert [e["value"] for e in entries] == [round(100 * c["accuracy"], 2) for c in metrics["cells"]]
    assert entries[0]["dataset"] == {"id": "org/mma-bench", "task_id": "aligned_visual"}


def test_the_report_shows_both_halves(runs: tuple[Path, Path], tmp_path: Path) -> None:
    page = write_report(list(runs), tmp_path / "report.html").markdown.read_text()
    assert "classes seen in tuning" in page
    assert "classes never seen in tuning" in page
    assert "is in neither half" in page


def test_a_question_without_an_answer_is_wrong_as_in_the_scores(
    half_seen: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    base, tuned = runs[0], shutil.copytree(runs[1], tmp_path / "tuned")
    made = list(read_predictions(tuned / PREDICTIONS).values())
    lost = [p.with_(answer=None, error="time-out") if k % 4 == 0 else p for k, p in enumerate(made)]
    write_predictions(tuned / PREDICTIONS, lost)
    metrics, adapter = score_run(tuned), shutil.copytree(half_seen, tmp_path / "half")
    keep_scores(adapter, base, tuned)
    cells = [c for c in json.loads((adapter / "scores.json").read_text())["cells"] if c["classes"] == "all"]
    assert [(c["n"], c["tuned"]) for c in cells] == [(c.n, c.accuracy) for c in metrics.cells]
    assert f"wrong: 0 of the base, {len(made) // 4} of the tuned model" in (adapter / "README.md").read_text()


def test_runs_of_different_questions_are_refused(
    half_seen: Path, runs: tuple[Path, Path], built: Path, tmp_path: Path
) -> None:
    evaluate(EvalOptions(data=str(built), conditions=CONDITIONS, out=tmp_path / "part", limit=6))
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
    with pytest.raises(TrainingError, match="only a part of the dataset"):
        keep_scores(adapter, *parts, dataset_id="org/mma-bench")
    assert (adapter / "README.md").read_bytes() == before


def test_runs_of_other_things_are_refused(
    half_seen: Path, adapter: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    base, tuned = runs
    with pytest.raises(TrainingError, match=r"this run has the adapter half; expected a run with .*mine"):
        keep_scores(adapter, base, tuned)
    with pytest.raises(TrainingError, match=r"this run has no adapter; expected a run with .*half"):
        keep_scores(half_seen, tuned, base)
    with pytest.raises(TrainingError, match=r"tiny-omni \(adapter half, .*; expected a run of tiny-omni without an"):
        keep_scores(half_seen, tuned, shutil.copytree(tuned, tmp_path / "copy"))


def test_a_run_of_the_same_name_before_it_was_trained_anew_is_refused(
    adapter: Path, half_seen: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    anew = shutil.copytree(adapter, tmp_path / half_seen.name)
    with pytest.raises(TrainingError, match="the weights of adapter half in this run differ from those in"):
        keep_scores(anew, *runs)


def test_a_folder_that_is_no_training_is_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no training\.json; expected a folder written by"):
        keep_scores(tmp_path, *runs)
