"""A run: the files it writes, how it continues after an interruption, and what it refuses."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from built_rows import TINY, rows_of
from conftest import Command
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import OptionsError
from mma_eval.evaluation import evaluate
from mma_eval.model import ModelError
from mma_eval.run.options import EvalOptions
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RunError, read_run
from mma_eval.run.resume import RunProgress
from mma_eval.run.store import PREDICTIONS, PredictionsError, read_predictions
from mma_eval.scoring.metrics import score_paths

MINE = Path(__file__).parents[1] / "models_of_mine.py"


def options(built: Path, out: Path, **more: object) -> EvalOptions:
    return EvalOptions(
        **({"model": "constant:Bird", "data": str(built), "out": out, "conditions": ("misaligned",)} | more)
    )


def test_a_run_leaves_answers_scores_and_how_they_came_to_be(built: Path, tmp_path: Path) -> None:
    report = evaluate(options(built, tmp_path / "run"))
    rows = rows_of(built, "misaligned")
    made = read_predictions(tmp_path / "run" / PREDICTIONS)
    assert len(made) == 2 * len(rows)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert report.metrics is not None
    assert metrics == report.metrics.as_json()
    right = {p: sum(row[f"{p}_class"] == "Bird" for row in rows) / len(rows) for p in ("visual", "audio")}
    assert {c["prompt"]: c["accuracy"] for c in metrics["cells"]} == pytest.approx(right)
    record = read_run(tmp_path / "run")
    assert (
        metrics["dataset_digest"]
        == record.data.digest
        == json.loads((built / "build.json").read_text())["dataset_digest"]
    )
    assert (metrics["source"], metrics["partial"]) == ("synthetic", False)
    assert "{...}" in record.prompts["plain"]["visual"]
    assert record.versions["av"]


def test_by_default_all_conditions_are_asked_and_the_folder_is_named_for_the_model(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = evaluate(EvalOptions(model="random", data=str(built)))
    assert report.folder == Path("runs/random")
    assert report.metrics is not None
    assert len({c.condition for c in report.metrics.cells}) == 6


def test_a_second_run_of_the_same_asks_nothing(built: Path, tmp_path: Path) -> None:
    first = evaluate(options(built, tmp_path / "run"))
    before = (tmp_path / "run" / PREDICTIONS).read_bytes()
    told: list[int] = []

    def watch(progress: RunProgress, made: list[Prediction]) -> None:
        told.append(progress.answered)

    again = evaluate(options(built, tmp_path / "run"), watch=watch)
    assert (tmp_path / "run" / PREDICTIONS).read_bytes() == before
    assert told == [len(before.splitlines())]
    assert again.metrics == first.metrics


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "constant:Rain"}, "model.name"),
        ({"conditions": ("aligned",)}, "selection.conditions"),
        ({"seeds": (1,)}, "selection.seeds"),
        ({"limit": 5}, "selection.limit"),
    ],
)
def test_other_options_are_refused_and_named(change: dict, said: str, built: Path, tmp_path: Path) -> None:
    evaluate(options(built, tmp_path / "run"))
    with pytest.raises(OptionsError, match=said):
        evaluate(options(built, tmp_path / "run", **change))
    evaluate(options(built, tmp_path / "run", **change, overwrite=True))


def test_a_run_that_never_got_an_answer_may_be_begun_otherwise(built: Path, tmp_path: Path) -> None:
    server = {"base_url": "http://127.0.0.1:9/v1"}
    with pytest.raises(ModelError, match="cannot be reached"):
        evaluate(options(built, tmp_path / "run", model="openai:x", model_options=server))
    assert evaluate(options(built, tmp_path / "run")).errors == 0


def test_another_dataset_is_refused(built: Path, tmp_path: Path) -> None:
    evaluate(options(built, tmp_path / "run"))
    other = tmp_path / "other"
    build(BuildOptions(out=other, **(TINY | {"seed": 5, "splits": ("test",)})))
    with pytest.raises(OptionsError, match=r"data\.digest"):
        evaluate(options(other, tmp_path / "run"))


def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(built: Path, tmp_path: Path, command: Command) -> None:
    whole = evaluate(options(built, tmp_path / "whole", model=f"{MINE}:Slow", conditions=("aligned", "misaligned")))
    arguments = ["eval", "--model", f"{MINE}:Slow", "--data", str(built), "--out", str(tmp_path / "killed")]
    arguments += ["--conditions", "aligned", "--conditions", "misaligned"]
    run = [sys.executable, "-m", "mma_bench", *arguments]
    counts = []
    for _ in range(3):
        process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path, before = tmp_path / "killed" / PREDICTIONS, counts[-1] if counts else 0
        while not path.exists() or path.read_bytes().count(b"\n") < before + 6:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.append(path.read_bytes().count(b"\n"))
    path.open("ab").write(b'{"id": "cut of')  # as a kill in the middle of a write leaves it
    command(*arguments, env={"SLOW": "0"})
    assert counts[-1] < 2 * 24 * 2
    assert json.loads((tmp_path / "killed" / "metrics.json").read_text()) == whole.metrics.as_json()
    answers = [
        {k: p.answer for k, p in read_predictions(tmp_path / n / PREDICTIONS).items()} for n in ("whole", "killed")
    ]
    assert answers[0] == answers[1]
    assert path.read_bytes().count(b"\n") == len(answers[1])  # nothing was asked twice


def test_parts_of_a_run_are_merged_by_the_last_one(built: Path, tmp_path: Path) -> None:
    whole = evaluate(options(built, tmp_path / "whole", model="random"))
    reports = [evaluate(options(built, tmp_path / "parts", model="random", shard=(i, 3))) for i in (2, 3, 1)]
    assert [r.metrics is None for r in reports] == [True, True, False]
    assert reports[-1].metrics == whole.metrics
    assert read_run(tmp_path / "parts").selection.part == (1, 1)
    assert len(read_run(tmp_path / "parts").merged or ()) == 3


def test_parts_of_different_runs_are_not_merged(built: Path, tmp_path: Path) -> None:
    evaluate(options(built, tmp_path / "parts", shard=(1, 2)))
    with pytest.raises(
        RunError, match=r"different runs .*\n.*model\.name: \"constant:Bird\" here, \"constant:Rain\" there"
    ):
        evaluate(options(built, tmp_path / "parts", shard=(2, 2), model="constant:Rain"))


def test_a_part_without_clips_is_complete(built: Path, tmp_path: Path) -> None:
    reports = [evaluate(options(built, tmp_path / "parts", limit=2, shard=(i, 4))) for i in (1, 2, 3, 4)]
    assert reports[-1].metrics is not None
    assert reports[-1].metrics.cells[0].n == 2


def test_old_parts_do_not_replace_a_newer_run(built: Path, tmp_path: Path) -> None:
    for i in (1, 2):
        evaluate(options(built, tmp_path / "run", shard=(i, 2)))
    newer = evaluate(options(built, tmp_path / "run", model="constant:Rain", overwrite=True))
    assert score_paths([tmp_path / "run"])[0] == newer.metrics


def test_some_parts_of_a_run_are_a_partial_result(built: Path, tmp_path: Path) -> None:
    for i in (1, 2):
        evaluate(options(built, tmp_path / "run", shard=(i, 3)))
    parts = [tmp_path / "run" / "shards" / f"{i}-of-3" for i in (1, 2)]
    assert score_paths(parts, tmp_path / "some")[0].partial is True
    assert score_paths(parts[:1])[0].partial is True


def test_overwriting_removes_nothing_before_the_model_is_there(built: Path, tmp_path: Path) -> None:
    before = evaluate(options(built, tmp_path / "run"))
    server = {"base_url": "http://127.0.0.1:9/v1"}
    with pytest.raises(ModelError, match="cannot be reached"):
        evaluate(options(built, tmp_path / "run", model="openai:x", model_options=server, overwrite=True))
    assert evaluate(options(built, tmp_path / "run")).metrics == before.metrics


def test_a_whole_last_line_without_its_end_is_kept(built: Path, tmp_path: Path) -> None:
    whole = evaluate(options(built, tmp_path / "run"))
    path = tmp_path / "run" / PREDICTIONS
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:10]))
    assert evaluate(options(built, tmp_path / "run")).metrics == whole.metrics


def test_a_model_of_ones_own_is_a_class_in_a_file(built: Path, tmp_path: Path) -> None:
    report = evaluate(options(built, tmp_path / "run", model=f"{MINE}:Loud", conditions=("aligned", "audio_removed")))
    by_id = {
        k: p for k, p in read_predictions(tmp_path / "run" / PREDICTIONS).items() if p.condition == "audio_removed"
    }
    assert report.errors == 0
    assert {p.answer for p in by_id.values() if p.prompt == "audio"} == {by_id[next(iter(by_id))].options[0]}


def test_each_failure_of_a_model_is_an_error_with_its_reason(built: Path, tmp_path: Path) -> None:
    conditions = ("aligned", "misaligned", "audio_removed", "frames_zeroed")
    report = evaluate(options(built, tmp_path / "run", model=f"{MINE}:Moody", conditions=conditions))
    made = list(read_predictions(tmp_path / "run" / PREDICTIONS).values())
    errors = {re.sub(r" \(models_of_mine\.py, line \d+\)$", "", p.error) for p in made if p.error}
    assert errors == {
        "RuntimeError: CUDA out of memory",
        "the model returned NoneType, not text",
        "the model returned int, not text",
        "the audio did not reach the model: it took in no audio tokens",
    }
    assert all((p.answer is None) == (p.error is not None) for p in made)
    assert any(p.condition == "audio_removed" and p.answer == "Bird" for p in made)  # silence needs no tokens
    assert any(p.answer == "" for p in made)  # the model's own answer
    assert report.errors == sum(p.error is not None for p in made)
    assert report.metrics is not None
    for cell in report.metrics.cells:
        failed = [p for p in made if (p.condition, p.prompt) == (cell.condition, cell.prompt) and p.error]
        assert cell.n - cell.n_valid == len(failed)


def test_one_question_that_raises_does_not_cost_the_others(built: Path, tmp_path: Path) -> None:
    evaluate(options(built, tmp_path / "run", model=f"{MINE}:Moody"))
    made = list(read_predictions(tmp_path / "run" / PREDICTIONS).values())
    raised = {p.id for p in made if p.error and "out of memory" in p.error}
    assert raised
    assert all(p.answer == "Bird" for p in made if p.id in raised and p.prompt == "visual")


def test_failed_questions_are_asked_again_by_the_next_run(built: Path, tmp_path: Path) -> None:
    first = evaluate(options(built, tmp_path / "run", model=f"{MINE}:Recovering", tries=1))
    assert first.errors == 0  # asked one by one after the first failure
    second = evaluate(options(built, tmp_path / "again", model=f"{MINE}:Moody"))
    third = evaluate(options(built, tmp_path / "again", model=f"{MINE}:Moody"))
    assert second.errors == third.errors > 0


def test_too_few_answers_are_errors(built: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the model gave 1 answers to 2 questions"):
        evaluate(options(built, tmp_path / "run", model=f"{MINE}:Forgetful"))


def test_a_model_that_never_answers_is_given_up(built: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="10 consecutive clips failed; last error: ConnectionError"):
        evaluate(options(built, tmp_path / "run", model=f"{MINE}:Broken"))
    assert len(read_predictions(tmp_path / "run" / PREDICTIONS)) == 20


def test_a_file_of_answers_is_a_model(built: Path, tmp_path: Path) -> None:
    rows = rows_of(built, "misaligned")
    lines = [{"id": r["id"], "prompt": p, "answer": r["visual_class"]} for r in rows for p in ("visual", "audio")]
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, lines[:-1])) + "\n")
    report = evaluate(options(built, tmp_path / "run", model=f"predictions:{file}"))
    assert report.metrics is not None
    visual, audio = report.metrics.cells
    assert (visual.accuracy, audio.accuracy) == (1.0, 0.0)
    assert report.errors == 1
    assert audio.outcomes["other_modality"] == pytest.approx(1 - 1 / len(rows))


def test_a_file_of_few_answers_is_scored_and_the_others_count_as_missing(built: Path, tmp_path: Path) -> None:
    rows = rows_of(built, "misaligned")
    assert len(rows) > 12  # more clips in a row without an answer than a server would be asked
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps({"id": rows[-1]["id"], "prompt": "visual", "answer": rows[-1]["visual_class"]}) + "\n")
    report = evaluate(options(built, tmp_path / "run", model=f"predictions:{file}"))
    assert report.errors == 2 * len(rows) - 1
    assert report.metrics is not None
    assert report.metrics.cells[0].accuracy_valid == 1.0
    assert report.metrics.cells[0].accuracy == pytest.approx(1 / len(rows))


def test_a_file_of_answers_with_strange_or_double_ids_is_refused(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    row = rows_of(built, "misaligned")[0]["id"]
    line = {"id": row, "prompt": "visual", "answer": "Bird"}
    file.write_text(json.dumps(line | {"id": "nobody"}) + "\n")
    with pytest.raises(PredictionsError, match="1 unknown row ids, such as 'nobody'"):
        evaluate(options(built, tmp_path / "a", model=f"predictions:{file}"))
    file.write_text(2 * (json.dumps(line) + "\n"))
    with pytest.raises(PredictionsError, match=r"line 2: .* was already answered in line 1"):
        evaluate(options(built, tmp_path / "b", model=f"predictions:{file}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no answers; expected a line"),
        (
            '[{"id": "a", "prompt": "visual", "answer": "Bird"}]',
            "line 1: a JSON list; expected one JSON object",
        ),
        (
            '{"id": "a", "prompt": "video", "answer": "Bird"}\n',
            "line 1: prompt: expected the modality asked about, visual or audio, found 'video'",
        ),
    ],
)
def test_a_file_without_usable_answers_is_refused(text: str, said: str, built: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(text)
    with pytest.raises(PredictionsError, match=said):
        evaluate(options(built, tmp_path / "run", model=f"predictions:{file}"))


def test_the_model_that_ships_goes_on_where_it_stopped(built: Path, tmp_path: Path) -> None:
    first = evaluate(options(built, tmp_path / "run", model="tiny-omni", limit=2))
    again = evaluate(options(built, tmp_path / "run", model="tiny-omni", limit=2))
    assert again.metrics == first.metrics


def test_a_changed_file_is_another_model(built: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine_changes.py"
    text = (
        "from mma_eval import Model\n\nclass Mine(Model):\n    def answer(self, clip, questions):\n        return {}\n"
    )
    mine.write_text(text.format("['Bird'] * len(questions)"))
    evaluate(options(built, tmp_path / "run", model=f"{mine}:Mine"))
    mine.write_text(text.format("['Rain'] * len(questions)"))
    with pytest.raises(OptionsError, match=r"model\.code_sha256"):
        evaluate(options(built, tmp_path / "run", model=f"{mine}:Mine"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class Mine(:", r"the file cannot be imported: SyntaxError"),
        (
            "import nothere",
            r"ModuleNotFoundError: No module named 'nothere' \(mine_bad\.py, line 1\)",
        ),
        ("from mma_eval import Model\nclass Mine(Model):\n    pass", "cannot be constructed .*answer"),
    ],
)
def test_a_file_with_mistakes_is_named(text: str, said: str, built: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine_bad.py"
    mine.write_text(text)
    with pytest.raises(ModelError, match=said):
        evaluate(options(built, tmp_path / "run", model=f"{mine}:Mine"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tiny-onmi", "Did you mean tiny-omni"),
        ("rndom", "Did you mean random"),
        ("opnai:foo", "no folder or model of this name"),
        ("my.py", "expected file.py:Class, such as my.py:MyModel"),
        ("constant:Brid", "no such class; the dataset has Accordion"),
    ],
)
def test_a_wrong_name_is_answered_at_once(name: str, said: str, built: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said):
        evaluate(options(built, tmp_path / "run", model=name))
    assert not (tmp_path / "run").exists()


def test_several_seeds_are_asked_and_counted_as_one_clip_in_the_interval(built: Path, tmp_path: Path) -> None:
    one = evaluate(options(built, tmp_path / "one"))
    three = evaluate(options(built, tmp_path / "three", seeds=(0, 1, 2)))
    assert one.metrics is not None
    assert three.metrics is not None
    for a, b in zip(one.metrics.cells, three.metrics.cells, strict=True):
        assert b.n == 3 * a.n
        assert (a.ci_low, a.ci_high) == pytest.approx((b.ci_low, b.ci_high))


def test_the_command_prints_the_scores(built: Path, tmp_path: Path, command: Command) -> None:
    done = command(
        "eval", "--model", "constant:Bird", "--data", built, "--out", tmp_path / "run", "--conditions", "aligned"
    )
    assert "aligned" in done.stdout
    assert "accuracy" in done.stdout
    assert "interval" in done.stdout
    assert " 8.3 " in done.stdout  # chance
    again = command("score", tmp_path / "run")
    assert again.stdout.splitlines()[:3] == done.stdout.splitlines()[:3]


def test_two_runs_of_one_model_are_merged_and_scored(built: Path, tmp_path: Path, command: Command) -> None:
    for condition in ("aligned", "misaligned"):
        evaluate(options(built, tmp_path / condition, conditions=(condition,)))
    command("score", tmp_path / "aligned", tmp_path / "misaligned", "--out", tmp_path / "both")
    together = json.loads((tmp_path / "both" / "metrics.json").read_text())
    assert {c["condition"] for c in together["cells"]} == {"aligned", "misaligned"}
    evaluate(options(built, tmp_path / "rain", model="constant:Rain"))
    refused = command("score", tmp_path / "aligned", tmp_path / "rain", "--out", tmp_path / "no", code=1)
    assert "model.name" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "nobody/nothing"), "no readable config.json"),
        (("--model", "my.py:Mine"), "no such file; check the path"),
        (("--model", f"{MINE}:Nobody"), "no class Nobody; the file has"),
        (("--model", "random", "--fps", "2"), "--fps: --model random has no such option"),
        (("--model", "random", "--conditions", "upside_down"), "--conditions upside_down: unknown; expected one of"),
        (("--model", "random", "--shard", "3/2"), "--shard 3/2"),
        (("--model", "random", "--shard", "half"), "expected I/N"),
        (("--model", "random", "--limit", "0"), "at least one clip"),
        (("--model", "random", "--data", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_sentence(
    arguments: tuple[str, ...], said: str, built: Path, tmp_path: Path, command: Command
) -> None:
    data = () if "--data" in arguments else ("--data", built)
    refused = command("eval", *arguments, *data, "--out", tmp_path / "run", code=1)
    assert said in refused.stderr
    assert not (tmp_path / "run" / "run.json").exists()
