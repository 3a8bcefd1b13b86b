"""`mma-bench attention` gives the answers of an evaluation with their attention, and continues after a kill."""

import json
import shlex
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from conftest import Command
from damaged_runs import with_field
from mma_bench.core.errors import OptionsError
from mma_eval.attention.answers import AnswerAttention, tokens_of
from mma_eval.attention.files import AttentionFilesError, read_attention
from mma_eval.attention.run import measure_attention
from mma_eval.evaluation import evaluate
from mma_eval.model import ModelError
from mma_eval.resolve import WEIGHTS
from mma_eval.run.folder import ATTENTION
from mma_eval.run.options import EvalOptions
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.run.record import RunError, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions
from warm_command import WarmCommand

CONDITIONS = ("aligned", "misaligned")


def options(built: Path, out: Path, **more: object) -> EvalOptions:
    return EvalOptions(**({"data": str(built), "out": out, "conditions": CONDITIONS, "limit": 12} | more))


@pytest.fixture(scope="module")
def whole(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run tiny-omni to the end."""
    folder = tmp_path_factory.mktemp("attention") / "whole"
    measure_attention(options(built, folder))
    return folder


def answers(folder: Path) -> dict[Key, str | None]:
    return {key: made.answer for key, made in read_predictions(folder / PREDICTIONS).items()}


def by_question(folder: Path) -> dict[tuple[str, str], AnswerAttention]:
    return {(r.id, r.prompt): r for r in read_attention(folder)}


def test_answers_are_those_of_an_evaluation(whole: Path, built: Path, tmp_path: Path) -> None:
    report = evaluate(options(built, tmp_path / "eval"))
    assert answers(tmp_path / "eval") == answers(whole)
    assert report.metrics.as_json() == json.loads((whole / "metrics.json").read_text())


def test_every_answer_has_its_attention_and_each_leads_back_to_its_clip(whole: Path) -> None:
    made: dict[tuple[str, str], Prediction] = {
        (p.id, p.prompt): p for p in read_predictions(whole / PREDICTIONS).values()
    }
    records = by_question(whole)
    assert set(records) == set(made)
    assert len(records) == 12 * 2 * 2
    for key, record in records.items():
        expected = made[key]
        assert (record.clip_id, record.donor_id, record.condition) == (
            expected.clip_id,
            expected.donor_id,
            expected.condition,
        )
        assert (record.answer, record.reference, record.other) == (expected.answer, expected.reference, expected.other)
        right = record.answer == record.reference
        assert (record.outcome == "grounded") == right


def test_shares_are_raw_and_add_up(whole: Path) -> None:
    for record in read_attention(whole):
        layers, heads, kinds = record.shares.shape
        assert (layers, heads, kinds) == (4, 4, 3)
        assert record.shares.sum(-1) == pytest.approx(1, abs=1e-5)
        assert record.last_layer.shape[1] == len(record.keys)
        assert record.last_layer.sum(-1) == pytest.approx(1, abs=2e-3)  # half precision
        assert all(count > 0 for count in tokens_of(record).values())
        of_video = record.last_layer[:, record.keys == 0].sum(-1).mean()
        assert of_video == pytest.approx(record.shares[-1, :, 0].mean(), abs=1e-3)


def test_tokens_are_those_that_predictions_count(whole: Path) -> None:
    made = {(p.id, p.prompt): p.tokens for p in read_predictions(whole / PREDICTIONS).values()}
    for key, record in by_question(whole).items():
        tokens, said = tokens_of(record), len(record.last_layer)
        assert tokens | {"text": tokens["text"] - said + 1} == made[key]


def test_the_lens_has_the_other_class_where_there_is_another(whole: Path) -> None:
    for record in read_attention(whole):
        assert record.lens_reference.shape == (4,)
        assert (record.lens_reference <= 0).all()
        if record.condition == "aligned":
            assert record.lens_other is None
        elif record.lens_other is not None:
            assert not np.array_equal(record.lens_other, record.lens_reference)
    assert any(record.lens_other is not None for record in read_attention(whole))


def test_where_the_model_names_a_class_its_last_layer_holds_that_one_likely(whole: Path) -> None:
    said = [r for r in read_attention(whole) if r.outcome == "other_modality" and r.lens_other is not None]
    assert said
    assert all(r.lens_other[-1] > r.lens_reference[-1] for r in said if r.lens_other is not None)


def test_it_is_a_run_that_the_other_commands_take(whole: Path, command: Command, tmp_path: Path) -> None:
    record = read_run(whole)
    assert record.recorded["modalities"] == ["video", "audio", "text"]
    assert record.partial is True
    assert "misaligned" in command("score", whole).stdout
    command("report", whole, "--out", tmp_path / "report.html")
    said = "a part of the dataset: 2 of 6 conditions; 12 of 24 clips (--limit 12)."
    assert said in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_limit_that_cuts_nothing_makes_no_part_and_the_next_command_can_be_copied(
    built: Path, command: Command, tmp_path: Path
) -> None:
    runs = tmp_path / ("a long name [b]of a folder[/b] " * 3).strip()
    for name in ("tiny-omni+mine-attention", "tiny-omni-attention"):
        shown = command("attention", "--data", built, "--limit", "100", "--out", runs / name).stdout
        if name != "tiny-omni-attention":  # as one with an adapter
            with_field(runs / name, "model.adapter", {"name": "mine"})
    record = read_run(runs / "tiny-omni-attention")
    assert record.there is not None
    assert (record.there.clips, record.there.conditions, record.partial) == (24, 6, False)
    assert "2 of 6 conditions; all 24 clips" in shown
    assert "missing" not in shown
    assert "…" not in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("mma-bench ")]
    names = [str(runs / name) for name in ("tiny-omni-attention", "tiny-omni+mine-attention", "attention.html")]
    assert shlex.split(line) == ["mma-bench", "report", *names[:2], "--out", names[2]]
    command(*shlex.split(line)[1:])
    text = (runs / "attention.html").read_text(encoding="utf-8")
    assert "tiny-omni: 2 of 6 conditions; all 24 clips." in text
    assert 'class="warning"' not in text


def test_a_second_run_of_the_same_asks_nothing(whole: Path, built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (whole / ATTENTION).iterdir()}
    measure_attention(options(built, whole))
    assert {path: path.stat().st_mtime_ns for path in (whole / ATTENTION).iterdir()} == before


def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(
    whole: Path, built: Path, tmp_path: Path, command: Command
) -> None:
    out = tmp_path / "killed"
    arguments = ["attention", "--data", str(built), "--out", str(out), "--limit", "12"]
    for parts in (2, 7):
        process = WarmCommand(arguments, tmp_path / "log")
        while len(list((out / ATTENTION).glob("*.parquet"))) < parts:
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    (out / ATTENTION / "part-00099.parquet.part-1").write_bytes(b"PAR1")  # as a kill in the middle of a write leaves it
    lines = (out / PREDICTIONS).read_bytes().splitlines(keepends=True)
    (out / PREDICTIONS).write_bytes(b"".join(lines[:-2]))  # as a kill between the two files leaves them
    command(*arguments)
    assert answers(out) == answers(whole)
    unbroken, found = by_question(whole), by_question(out)
    assert set(found) == set(unbroken)
    assert all(np.array_equal(found[key].shares, record.shares) for key, record in unbroken.items())
    assert not list((out / ATTENTION).glob("*.part-*"))


def test_other_options_are_refused_and_named(whole: Path, built: Path) -> None:
    with pytest.raises(OptionsError, match=r"model\.adapter"):
        measure_attention(options(built, whole, model_options={"adapter": "tiny-omni-mma"}))
    with pytest.raises(OptionsError, match=r"selection\.limit"):
        measure_attention(options(built, whole, limit=3))


def test_a_run_without_attention_is_another_run(whole: Path, built: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="recorded: null here"):
        evaluate(options(built, whole))
    evaluate(options(built, tmp_path / "plain", limit=2))
    with pytest.raises(OptionsError, match=r"recorded: .* here, null there"):
        measure_attention(options(built, tmp_path / "plain", limit=2))
    measure_attention(options(built, tmp_path / "plain", limit=2, overwrite=True))
    evaluate(options(built, tmp_path / "plain", limit=2, overwrite=True))
    assert not (tmp_path / "plain" / ATTENTION).exists()


def test_lost_shards_are_noticed(built: Path, tmp_path: Path) -> None:
    measure_attention(options(built, tmp_path, limit=2))
    next((tmp_path / ATTENTION).iterdir()).unlink()
    with pytest.raises(AttentionFilesError, match=r"no attention for 2 answers in predictions\.jsonl.*--overwrite"):
        measure_attention(options(built, tmp_path, limit=2))


def test_a_run_in_which_nothing_was_said_says_so(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mma_eval.models.omni.continue_greedily", lambda *_, **__: ([], "stop"))
    with pytest.raises(RunError, match=r"none of 8 questions was answered.*the model's answer is empty"):
        measure_attention(options(built, tmp_path, limit=2))


@pytest.mark.parametrize("prompt", ["visual", "audio"])
def test_one_question_is_not_enough(prompt: str, built: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=f"--prompts {prompt}: .*expected visual and audio"):
        measure_attention(options(built, tmp_path / "run", prompts=(prompt,)))
    assert not (tmp_path / "run").exists()


def test_a_layout_that_is_not_known_is_said_before_weights_are_loaded(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    shutil.copytree(WEIGHTS / "tiny-omni", model)
    for weights in model.glob("*.safetensors"):
        weights.write_bytes(b"never read")
    monkeypatch.setattr("mma_eval.attention.layout.LAYOUTS", {})
    with pytest.raises(ModelError, match="'qwen2_5_omni_thinker': its video and audio tokens are unknown"):
        measure_attention(options(built, tmp_path / "run", model=str(model)))


@pytest.mark.parametrize("model", ["random", "constant:Bird", "openai:gpt"])
def test_a_model_that_does_not_run_here_is_refused(model: str, built: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=f"--model {model}: its attention cannot be read"):
        measure_attention(options(built, tmp_path / "run", model=model))
    assert not (tmp_path / "run").exists()


def test_by_default_its_folder_is_beside_the_evaluations(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = measure_attention(EvalOptions(data=str(built), conditions=CONDITIONS, limit=1))
    assert report.folder == Path("runs/tiny-omni-attention")
