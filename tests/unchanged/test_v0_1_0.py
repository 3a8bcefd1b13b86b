"""Files that version 0.1.0 wrote are read today: scored, reported, continued and refused as then."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conftest import Command
from mma_accuracy.reading import READING
from mma_bench.benchmark.prompts import PROMPTS, existence_question
from mma_bench.core.errors import MMABenchError
from mma_bench.dataset.reading import open_built
from mma_bench.verification.checks_file import read_checks
from mma_bench.verification.opening import open_session
from mma_bench.verification.options import ReviewOptions
from mma_eval.run.store import read_predictions

KEPT_FILES = Path(__file__).parent / "v0_1_0"
RUNS = ("tiny-omni", "tuned", "constant", "attention")
CHECKED = (
    *("--source", "checked/manifest.parquet", "--clips", "exported/aligned/test"),
    *("--model", "constant:Yes", "--out", "checked/checks.parquet"),
)
ADAPTER_CARD = ("adapter-card", "adapter", "--base", "runs/tiny-omni", "--tuned", "runs/tuned")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files, which is the current folder."""
    shutil.copytree(KEPT_FILES, tmp_path / "kept")
    monkeypatch.chdir(tmp_path / "kept")
    return tmp_path / "kept"


def assert_kept(name: str) -> None:
    """Compare a file in the current folder, byte for byte, with what 0.1.0 wrote."""
    assert Path(name).read_bytes() == (KEPT_FILES / name).read_bytes()


def with_installed_versions(run_json: Path) -> None:
    """Write the installed libraries into a run.json: a run with other versions would be refused."""
    record = json.loads(run_json.read_text())
    record["versions"] = {name: version(name) for name in record["versions"]}
    run_json.write_text(json.dumps(record, indent=1))


def as_in_0_1_0(scores: Any) -> Any:
    """Leave out what scores have had since: the version of the reading, attribution, and how answers ended."""
    if isinstance(scores, dict):
        later = ("reading", "n_attributed", "accuracy_without_attributed", "off_list_reasons", "ended")
        return {name: as_in_0_1_0(value) for name, value in scores.items() if name not in later}
    return [as_in_0_1_0(value) for value in scores] if isinstance(scores, list) else scores


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_scored_to_the_same_numbers(kept: Path, command: Command, name: str) -> None:
    command("score", f"runs/{name}")
    scores = [json.loads((folder / "runs" / name / "metrics.json").read_text()) for folder in (kept, KEPT_FILES)]
    assert as_in_0_1_0(scores[0]) == scores[1]


def test_an_interrupted_run_continues_and_keeps_its_answers(kept: Path, command: Command) -> None:
    folder = kept / "runs" / "constant"
    with_installed_versions(folder / "run.json")
    lines = (folder / "predictions.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "predictions.jsonl").write_bytes(b"".join(lines[:5]) + lines[5][:20])
    command("eval", "--model", "constant:Bird", "--data", "built", "--out", "runs/constant")
    continued = (folder / "predictions.jsonl").read_bytes().splitlines(keepends=True)
    assert continued[:5] == lines[:5]
    unmeasured = {"seconds": None, "ended": None}  # 0.1.0 did not say how an answer ended
    assert [json.loads(line) | unmeasured for line in continued] == [json.loads(line) | unmeasured for line in lines]


def test_another_model_is_refused_in_its_folder(kept: Path, command: Command) -> None:
    with_installed_versions(kept / "runs" / "constant" / "run.json")
    refused = command("eval", "--model", "constant:Bell", "--data", "built", "--out", "runs/constant", code=1).stderr
    assert "constant:Bell" in refused
    assert "constant:Bird" in refused


def test_a_report_has_the_runs_and_their_attention(kept: Path, command: Command) -> None:
    command("report", *(f"runs/{name}" for name in RUNS), "--out", "report.html", "--failures", "0")
    text = (kept / "report.md").read_text()
    assert all(f"{name}" in text for name in RUNS)
    assert "Inside the model: attention" in text


def test_the_leaderboard_is_the_same(kept: Path, command: Command) -> None:
    command("leaderboard", "runs/constant", "--data", "built", "--out", "board")
    now, then = as_in_0_1_0(_board(kept / "board")), _board(KEPT_FILES / "leaderboard")
    assert now["marks"].items() >= then["marks"].items()  # how the sound was sent is told since
    assert now | {"marks": then["marks"]} == then


def _board(folder: Path) -> dict[str, Any]:
    board: dict[str, Any] = json.loads((folder / "leaderboard.json").read_text())
    del board["mma_bench"]
    return board


def test_a_dataset_is_opened_and_its_rows_read(kept: Path) -> None:
    data = open_built(kept / "built")
    rows = [row for shard in data.shards for row in data.rows(shard)]
    assert [(s.condition, s.split, s.rows) for s in data.shards] == [
        ("aligned", "train", 3),
        ("aligned", "test", 3),
        ("misaligned", "train", 3),
        ("misaligned", "test", 3),
    ]
    assert {row.visual_class for row in rows} == {"Accordion", "Bell", "Bird"}


def test_a_finished_export_is_left_as_it_is(kept: Path, command: Command) -> None:
    before = {path: path.stat().st_mtime_ns for path in (kept / "exported").rglob("*.mp4")}
    command("export", "mp4", "--data", "built", "--out", "exported", "--splits", "test", "--conditions", "aligned")
    assert {path: path.stat().st_mtime_ns for path in (kept / "exported").rglob("*.mp4")} == before
    assert_kept("exported/rows.csv")
    assert_kept("exported/.mma-export.json")


def test_an_export_of_other_rows_is_refused(command: Command) -> None:
    refused = command("export", "mp4", "--data", "built", "--out", "exported", "--splits", "train", code=1).stderr
    assert "train" in refused
    assert "test" in refused


def test_an_unfinished_build_is_not_continued_with_other_media_code(kept: Path, command: Command) -> None:
    options = kept / "unfinished.partial" / "options.json"
    options.write_text(options.read_text().replace('"0.1.0"', json.dumps(version("mma-bench"))))
    (kept / "unfinished.partial" / "dataset" / "aligned").mkdir(parents=True)  # rows of other options are refused
    small = ("--limit", "3", "--size", "64", "--seconds", "0.5", "--train-swaps", "1", "--workers", "1")
    aligned = ("--conditions", "aligned", "--splits", "test")
    assert "seed" in command("build", "--out", "unfinished", *small, *aligned, "--seed", "1", code=1).stderr
    said = command("build", "--out", "unfinished", *small, *aligned, code=1).stderr
    assert "media_code: 2 here, null there" in said
    command("build", "--out", "unfinished", *small, *aligned, "--overwrite")
    assert sum(shard.rows for shard in open_built(kept / "unfinished").shards) == 3


def test_an_adapter_gets_the_same_card_and_scores(command: Command) -> None:
    command(*ADAPTER_CARD)
    card, scores = Path("adapter/README.md"), Path("adapter/scores.json")
    said = f" Answers were read by version {READING}\nof the metric's rules."  # which 0.1.0 did not say
    assert said in card.read_text()
    assert card.read_text().replace(said, "") == (KEPT_FILES / card).read_text()
    assert as_in_0_1_0(json.loads(scores.read_text())) == json.loads((KEPT_FILES / scores).read_text())


def test_an_adapter_is_published(command: Command) -> None:
    said = command("push", "adapter", "adapter", "--to", "org/adapter", "--dry-run").stdout
    assert "adapter_model.safetensors" in said
    assert "training.json" in said


def test_an_adapter_answers(kept: Path, command: Command) -> None:
    command("eval", "--data", "built", "--adapter", "adapter", "--limit", "1", "--out", "runs/now")
    predictions = read_predictions(kept / "runs" / "now" / "predictions.jsonl").values()
    assert [p.error for p in predictions] == [None] * 4


def test_votes_come_to_the_same_manifest(kept: Path, command: Command) -> None:
    votes = ("verification/ann.parquet", "verification/ben.parquet")
    command("consensus", *votes, "--out", "verified.parquet")
    now, then = pq.read_table("verified.parquet"), pq.read_table(KEPT_FILES / "verification" / "verified.parquet")
    assert now.equals(then, check_metadata=True)
    split_votes = "verified.split_votes.csv"
    assert (kept / split_votes).read_bytes() == (KEPT_FILES / "verification" / split_votes).read_bytes()


def test_a_review_continues_with_its_votes(kept: Path) -> None:
    options = ReviewOptions(
        checks=kept / "verification" / "verified.parquet",
        clips=kept,
        annotator="ann",
        out=kept / "verification" / "ann.parquet",
    )
    with pytest.raises(MMABenchError, match=r"ann\.parquet"):  # the votes are on the clips before consensus
        open_session(options)


def test_checks_say_which_clips_are_kept(kept: Path) -> None:
    checks = read_checks(kept / "verification" / "checks.parquet")
    assert [clip.reason for clip in checks.clips if not clip.kept] == ["no: audio_alone"]


def test_a_check_that_asked_by_other_words_is_refused(kept: Path, command: Command) -> None:
    with_installed_versions(kept / "checked" / "checks.answers" / "run.json")
    refused = command("check", *CHECKED, code=1).stderr  # version 0.1.0 did not ask for Yes or No, as Figure 3 does
    assert 'visual: "Is the ... clearly visible in this video? Answer with Yes or No" here' in refused
    assert "--overwrite" in refused


def test_a_check_continues_with_its_answers(kept: Path, command: Command) -> None:
    answers = kept / "checked" / "checks.answers"
    with_installed_versions(answers / "run.json")
    record = json.loads((answers / "run.json").read_text())
    record["prompts"]["existence"] = {p: existence_question(p, "...") for p in PROMPTS}
    (answers / "run.json").write_text(json.dumps(record, indent=1))
    before = (answers / "predictions.jsonl").read_bytes()
    command("check", *CHECKED)
    after = (answers / "predictions.jsonl").read_bytes()
    assert after.startswith(before)
    assert (before.count(b"\n"), after.count(b"\n")) == (16, 24)  # the third clip's file was empty and is whole now
