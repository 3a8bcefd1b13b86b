"""Answers that were read by attribution are counted, shown and can be left out; old scores are made anew."""

import json
import shutil
from pathlib import Path

import pytest

from mma_accuracy.reading import READING
from mma_eval.evaluation import evaluate
from mma_eval.report.runs import read_runs
from mma_eval.report.write import write_report
from mma_eval.run.options import EvalOptions
from mma_eval.run.store import PREDICTIONS, read_predictions, write_predictions
from mma_eval.scoring.metrics import Metrics, read_metrics, score_run


@pytest.fixture(scope="module")
def run(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a model that answers every second question under conflict as if it were both."""
    out = tmp_path_factory.mktemp("runs") / "both"
    evaluate(EvalOptions(model="constant:Bird", data=str(built), out=out, conditions=("misaligned",)))
    made = list(read_predictions(out / PREDICTIONS).values())
    for k, p in enumerate(made):
        seen, heard = (p.reference, p.other) if p.prompt == "visual" else (p.other, p.reference)
        if k % 4 < 2:
            made[k] = p.with_(answer=f"The video shows a {seen}, but the audio is a {heard}.")
    write_predictions(out / PREDICTIONS, made)
    score_run(out)
    return out


def test_they_are_counted_and_can_be_left_out(run: Path) -> None:
    metrics = read_metrics(run)
    assert metrics.reading == READING
    for cell in metrics.cells:
        assert cell.n_attributed > 0
        assert cell.accuracy_without_attributed == pytest.approx(cell.accuracy - cell.n_attributed / cell.n)


def test_the_report_shows_both_numbers_and_lists_the_answers(run: Path, tmp_path: Path) -> None:
    page = write_report([run], tmp_path / "report.html").html.read_text(encoding="utf-8")
    cell = read_metrics(run).cells[0]
    assert f"{cell.n_attributed} [{100 * (cell.accuracy_without_attributed or 0):.1f}]" in page
    assert "answers read by attribution" in page
    (read,) = read_runs([run])
    attributed = [p for p, judged in read.answers if judged.reading.attributed]
    assert len(attributed) == sum(cell.n_attributed for cell in read.metrics.cells)
    assert all(p.id in page for p in attributed)


def test_a_report_without_them_says_so(built: Path, tmp_path: Path) -> None:
    evaluate(EvalOptions(model="constant:Bird", data=str(built), out=tmp_path / "run", conditions=("misaligned",)))
    page = write_report([tmp_path / "run"], tmp_path / "report.html").html.read_text(encoding="utf-8")
    assert "No answer had to be read by attributing its classes to the senses." in page
    assert "answers read by attribution" not in page


def test_scores_under_older_rules_are_made_anew(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, old := tmp_path / "old")
    content = json.loads((old / "metrics.json").read_text())
    del content["reading"]
    for cell in content["cells"]:
        cell["accuracy"] = 0.0
        del cell["n_attributed"], cell["accuracy_without_attributed"]
    (old / "metrics.json").write_text(json.dumps(content))
    assert Metrics.from_json(content, where="metrics.json", made_by="mma-bench score").reading == 1
    assert read_metrics(old) == read_metrics(run)
