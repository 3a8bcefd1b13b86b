"""Answers that broke off are told at the end of a run, in its scores, in the report and on the leaderboard."""

import json
from pathlib import Path

import pytest

from conftest import Command, MadeOnce
from mma_eval.run.folder import METRICS
from mma_eval.run.store import PREDICTIONS
from mma_eval.scoring.metrics import read_metrics

CONDITIONS = ("--conditions", "aligned", "--conditions", "misaligned")


@pytest.fixture(scope="module")
def short(built: Path, made_once: MadeOnce) -> Path:
    """A run of tiny-omni that may say one token, which is a whole class or the beginning of none."""
    from mma_eval.evaluation import evaluate
    from mma_eval.run.options import EvalOptions

    def make(out: Path) -> None:
        evaluate(EvalOptions(model_options={"max_new_tokens": 1}, data=str(built), out=out))

    return made_once("cut-off/short", make)


def lines(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / PREDICTIONS).read_text().splitlines()]


def test_a_local_model_says_why_its_answers_ended(short: Path, built: Path, tmp_path: Path, command: Command) -> None:
    assert {line["ended"] for line in lines(short)} == {"length"}
    command("eval", "--data", built, "--out", tmp_path / "run", "--limit", "2", *CONDITIONS)
    assert {line["ended"] for line in lines(tmp_path / "run")} == {"stop"}
    # One token is a whole name, and nothing could have followed it but its end.
    said = {(line["id"], line["prompt"]): line["answer"] for line in lines(tmp_path / "run")}
    cut = {(line["id"], line["prompt"]): line["answer"] for line in lines(short)}
    assert said.items() <= cut.items()


def test_the_end_of_a_run_names_the_option_to_raise(built: Path, tmp_path: Path, command: Command) -> None:
    arguments = ("eval", "--data", built, "--out", tmp_path / "run", "--limit", "2", *CONDITIONS)
    said = " ".join(command(*arguments, "--max-new-tokens", "1").stdout.split())
    assert "8 of 8 answers (100 %) were cut off at the limit of tokens" in said
    assert "--max-new-tokens" in said
    again = " ".join(command("score", tmp_path / "run").stdout.split())
    assert "8 of 8 answers (100 %) were cut off" in again
    whole = command(*arguments[:4], tmp_path / "whole", *arguments[5:]).stdout
    assert "cut off" not in whole


def test_a_few_per_cent_are_not_worth_a_word(short: Path, tmp_path: Path, command: Command) -> None:
    answered = lines(short)
    for few, told in ((len(answered) * 3 // 100, False), (len(answered) * 3 // 100 + 1, True)):
        file = tmp_path / f"{few}.jsonl"
        ended = [line | {"ended": "length" if k < few else "stop"} for k, line in enumerate(answered)]
        file.write_text("".join(f"{json.dumps(line)}\n" for line in ended))
        assert ("cut off at the limit" in " ".join(command("score", file).stdout.split())) is told


def test_scores_count_endings_and_reasons_by_cell(short: Path) -> None:
    stored = json.loads((short / METRICS).read_text())["cells"]
    for cell, kept in zip(read_metrics(short).cells, stored, strict=True):
        assert cell.ended == kept["ended"] == {"stop": 0, "length": cell.n, "filter": 0, "refusal": 0}
        assert sum(cell.off_list_reasons.values()) == round(cell.outcomes["off_list"] * cell.n)


def test_report_and_leaderboard_show_them(short: Path, built: Path, tmp_path: Path, command: Command) -> None:
    command("report", short, "--out", tmp_path / "report.html", "--failures", "0")
    page = (tmp_path / "report.md").read_text()
    assert "How answers ended, and why some were not recognised" in page
    assert "ended: length" in page
    assert "may change its scores" in page
    command("leaderboard", short, "--data", built, "--out", tmp_path / "board")
    assert "cut off" in (tmp_path / "board" / "leaderboard.md").read_text()
    (entry,) = json.loads((tmp_path / "board" / "leaderboard.json").read_text())["sections"][0]["entries"]
    assert all(cell["ended"]["length"] == cell["n"] for cell in entry["cells"])
