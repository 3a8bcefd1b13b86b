"""Runs that are admitted, and the message for each kind of fault."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from built_rows import TINY
from damaged_runs import Lines, changed, copied, with_field, with_lines
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_eval.evaluation import evaluate
from mma_eval.leaderboard.entry import Entry, Refused, admit
from mma_eval.leaderboard.reference import Reference, read_reference
from mma_eval.run.options import EvalOptions
from mma_eval.scoring.metrics import score_run

MINE = Path(__file__).parents[1] / "models_of_mine.py"
COMMIT = "4078514b8791f2cca16c7e38522864d0cab4c687"


def faults(run: Path, *references: Reference) -> list[str]:
    found = admit(run, run.name, references)
    assert isinstance(found, Refused), f"{run} was accepted"
    return [str(fault) for fault in found.faults]


def accepted(run: Path, *references: Reference) -> Entry:
    found = admit(run, run.name, references)
    assert isinstance(found, Entry), "\n".join(map(str, found.faults))
    return found


def test_a_whole_run_is_accepted_with_the_scores_of_its_answers(run: Path, reference: Reference) -> None:
    entry = accepted(run, reference)
    metrics = json.loads((run / "metrics.json").read_text())
    assert [cell.as_json() for cell in entry.cells] == metrics["cells"]
    assert [pair.as_json() for pair in entry.pairs] == metrics["pairs"]
    misaligned = [c["accuracy"] for c in metrics["cells"] if c["condition"] == "misaligned"]
    assert entry.score == pytest.approx(sum(misaligned) / 2)
    assert entry.interval[0] < entry.score < entry.interval[1]
    assert entry.marks == ()


def test_what_is_published_names_no_folder_of_the_machine(run: Path, reference: Reference, built: Path) -> None:
    published = json.dumps(accepted(run, reference).run)
    assert COMMIT in published
    assert str(built) not in published
    assert "command" not in published
    assert "machine" not in published


FIELDS: list[tuple[str, Any, str]] = [
    ("schema", ..., "run.json, schema: expected 1, found null"),
    ("schema", 2, "run.json, schema: expected 1, found 2"),
    ("partial", True, "run.json, partial: expected false, found true; run `mma-bench eval` without --limit"),
    ("selection.limit", 4, "run.json, selection.limit: expected null, found 4"),
    ("selection.shard", [1, 2], "run.json, selection.shard: expected [1, 1], found [1, 2]; run the missing parts"),
    ("selection.split", "validation", 'selection.split: expected "test", found "validation"'),
    ("selection.prompts", ["visual"], "run.json, selection.prompts: expected a list that contains audio"),
    ("selection.variants", ["cot"], "run.json, selection.variants: expected a list that contains plain"),
    ("selection.seeds", [3], "run.json, selection.seeds: expected a list that contains 0"),
    ("selection.conditions", ["aligned"], "run.json, selection.conditions: expected a list that contains misaligned"),
    ("selection.conditions", None, "run.json, selection.conditions: expected a list that contains aligned"),
    ("selection.conditions", ["aligned", "misaligned", "x"], "found x; run `mma-bench eval` on the unmodified dataset"),
    ("data.digest", "0" * 64, f'data.digest: expected "{{digest}}", found "{"0" * 64}"'),
    ("data.classes", ["Bird"], "run.json, data.classes: expected"),
    ("data.source", "recordings", 'run.json, data.source: expected "synthetic", found "recordings"'),
    ("prompts.plain.audio", "What do you hear?", "run.json, prompts.plain.audio: expected"),
    ("prompts", None, "run.json, prompts: expected"),
    ("model", "tiny-omni", "run.json, model: expected a description of the model"),
    ("model.name", "", "run.json, model.name: expected the name of the model"),
    ("model.revision", "main", "run.json, model.revision: expected a Hub commit or"),
    ("model.revision", ..., "found null; run `mma-bench eval` again into a new folder with --revision COMMIT, since"),
    ("model.dtype", ..., "run.json, model.dtype: expected float32, bfloat16 or float16, found null"),
    ("model.decoding", ..., "run.json, model.decoding: expected the decoding method"),
    ("model.fps", 0, "run.json, model.fps: expected frames per second, found 0"),
    ("model.size", None, "run.json, model.size: expected height and width of a frame, or min_pixels and max_pixels"),
    ("model.max_new_tokens", None, "run.json, model.max_new_tokens: expected the maximum length of an answer"),
    ("model.adapter", {"name": "mine"}, "model.adapter.sha256: expected the SHA-256 of the weights, found null"),
    ("model.family", "something", "run.json, model.code_sha256: expected the SHA-256 of the model's own code"),
    ("model.family", "predictions", "run.json, model.sha256: expected the SHA-256 of the file of answers"),
    ("versions.mma-bench", ..., "run.json, versions.mma-bench: expected the version that was used, found null"),
    ("versions.transformers", ..., "run.json, versions.transformers: expected the version"),
    ("versions", [], "run.json, versions.av: expected the version"),
    ("model.name", "/home/me/model", "run.json, model.name: expected no path of a local folder"),
    ("model.name", "C:\\me\\model", "run.json, model.name: expected no path of a local folder"),
    ("model.system_prompt", "see ~/notes", "run.json, model.system_prompt: expected no path of a local folder"),
    ("model.system_prompt", "x" * 3_000, "run.json, model.system_prompt: expected at most 2,000 characters"),
    ("model.name", "a\u001b[2Jb", "run.json, model.name: expected printable text"),
    (
        "probe",
        {"arrives": False},
        "run.json, probe.arrives: expected true, since audio must reach the model, found false",
    ),
]


@pytest.mark.parametrize(("field", "value", "said"), FIELDS)
def test_a_field_of_run_json_that_is_wrong_is_named(
    field: str, value: Any, said: str, run: Path, reference: Reference, tmp_path: Path
) -> None:
    damaged = copied(run, tmp_path / "run")
    with_field(damaged, field, value)
    found = faults(damaged, reference)
    assert any(said.format(digest=reference.digest) in fault for fault in found), found


def without(*numbers: int) -> Callable[[Lines], Lines]:
    return lambda lines: [line for k, line in enumerate(lines) if k not in numbers]


LINES: list[tuple[Callable[[Lines], Lines], str]] = [
    (without(3), "answers to all 96 questions under the conditions in run.json, found 95; missing: 1, such as syn"),
    (lambda lines: [*lines, lines[0]], "line 97: expected one answer to each question, found a second answer to syn"),
    (
        lambda lines: [*lines, lines[0] | {"id": "nobody"}],
        "line 97: expected a question of the dataset under a condition in run.json, found",
    ),
    (changed(2, options=["Bird", "Clock"]), 'predictions.jsonl, line 3, options: expected ["Accordion", '),
    (changed(2, reference="Rain"), "predictions.jsonl, line 3, reference: expected "),
    (changed(2, other="Rain"), "predictions.jsonl, line 3, other: expected "),
    (changed(2, caption="Rain"), 'predictions.jsonl, line 3, caption: expected null, found "Rain"'),
    (changed(2, clip_id="other"), 'line 3, clip_id: expected "synthetic-'),
    (changed(2, donor_id="other"), "line 3, donor_id: expected "),
    (changed(2, condition="audio_removed"), "predictions.jsonl, line 3, condition: expected "),
    (
        changed(2, seed="0"),
        "predictions.jsonl, line 3: expected an answer, found a line: seed: expected an integer",
    ),
    (
        changed(2, id=7),
        "predictions.jsonl, line 3: expected an answer, found a line: id: expected a string",
    ),
    (
        changed(2, prompt="video"),
        "predictions.jsonl, line 3: expected an answer, found a line: prompt: expected",
    ),
    (changed(2, answer=None), "line 3: expected either an answer or an error, found neither"),
    (changed(2, error="none"), "line 3: expected either an answer or an error, found both"),
    (
        changed(2, tokens={"video": 16, "audio": 0, "text": 9}),
        "line 3, tokens: expected audio tokens, since the clip has audio, found 0",
    ),
    (
        changed(2, tokens={"video": 0, "audio": 6, "text": 9}),
        "video tokens, since the clip has video, found 0; find out why",
    ),
    (
        changed(2, tokens={"video": 16, "audio": "six"}),
        'the number of audio tokens that the model took in, or null, found {"video": 16, "audio": "six"}',
    ),
    (changed(2, tokens=["many"]), 'the number of video tokens that the model took in, or null, found ["many"]'),
]


@pytest.mark.parametrize(("change", "said"), LINES)
def test_an_answer_that_is_missing_doubled_foreign_or_altered_is_named(
    change: Callable[[Lines], Lines], said: str, run: Path, reference: Reference, tmp_path: Path
) -> None:
    damaged = copied(run, tmp_path / "run")
    with_lines(damaged, change, score=False)
    found = faults(damaged, reference)
    assert any(said in fault for fault in found), found


def test_an_answer_edited_after_scoring_is_found_out(run: Path, reference: Reference, tmp_path: Path) -> None:
    damaged = copied(run, tmp_path / "run")
    with_lines(damaged, lambda lines: [line | {"answer": line["reference"]} for line in lines], score=False)
    found = faults(damaged, reference)
    assert all(fault.startswith("metrics.json, ") for fault in found), found
    assert "cells.misaligned audio plain.accuracy: expected 1.0 as computed from the answers" in str(found)


def test_scores_edited_by_hand_are_found_out(run: Path, reference: Reference, tmp_path: Path) -> None:
    damaged = copied(run, tmp_path / "run")
    metrics = json.loads((damaged / "metrics.json").read_text())
    metrics["cells"][2]["accuracy"] = 0.99
    (damaged / "metrics.json").write_text(json.dumps(metrics))
    (fault,) = faults(damaged, reference)
    assert fault.startswith("metrics.json, cells.misaligned visual plain.accuracy: expected 0.")
    assert "found 0.99; the file is edited or stale; submit the unedited answers" in fault


@pytest.mark.parametrize("name", ["run.json", "metrics.json", "predictions.jsonl"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b"\xff\n", b"[" * 100_000 + b"\n", b'{"cells": 3}\n'])
def test_a_file_that_is_missing_or_unreadable_is_named(
    name: str, content: bytes | None, run: Path, reference: Reference, tmp_path: Path
) -> None:
    damaged = copied(run, tmp_path / "run")
    (damaged / name).unlink()
    if content is not None:
        (damaged / name).write_bytes(content)
    assert any(fault.startswith(name) for fault in faults(damaged, reference))


def test_silence_and_black_frames_need_no_tokens(random_run: Path, reference: Reference, tmp_path: Path) -> None:
    counting = copied(random_run, tmp_path / "run")
    absent = {"audio_removed": {"video": 16, "audio": 0}, "frames_zeroed": {"video": 0, "audio": 6}}
    there = {"video": 16, "audio": 6}
    with_lines(counting, lambda lines: [line | {"tokens": absent.get(line["condition"], there)} for line in lines])
    accepted(counting, reference)


def test_all_reasons_are_told_and_like_ones_counted(run: Path, reference: Reference, tmp_path: Path) -> None:
    damaged = copied(run, tmp_path / "run")
    with_field(damaged, "model.revision", "main")
    with_field(damaged, "prompts.cot.visual", "Look!")
    with_lines(damaged, lambda lines: [line | {"options": ["Bird", line["reference"]]} for line in lines[1:]])
    found = faults(damaged, reference)
    assert [fault.partition(":")[0] for fault in found] == [
        "predictions.jsonl",
        "predictions.jsonl, line 1, options",
        "run.json, prompts.cot.visual",
        "run.json, model.revision",
    ]
    assert "(and 94 more like it)" in found[1]


def test_parts_that_were_not_put_together_are_refused(built: Path, reference: Reference, tmp_path: Path) -> None:
    conditions = ("aligned", "misaligned")
    some = EvalOptions(model="random", data=str(built), out=tmp_path / "run", conditions=conditions, shard=(1, 2))
    evaluate(some)
    assert "found only shards/; run the missing parts" in str(faults(tmp_path / "run", reference))
    other = EvalOptions(model="random", data=str(built), out=tmp_path / "run", conditions=conditions, shard=(2, 2))
    evaluate(other)
    assert accepted(tmp_path / "run", reference).errors == 0


def test_a_limited_run_is_refused(built: Path, reference: Reference, tmp_path: Path) -> None:
    evaluate(EvalOptions(model="random", data=str(built), out=tmp_path / "run", limit=4))
    found = faults(tmp_path / "run", reference)
    assert any("selection.limit: expected null, found 4" in fault for fault in found)
    assert any("answers to all 288 questions under the conditions in run.json, found 48" in fault for fault in found)


def test_a_run_on_another_dataset_is_refused_until_that_is_given_too(
    run: Path, built: Path, reference: Reference, tmp_path: Path
) -> None:
    build(BuildOptions(out=tmp_path / "other", **(TINY | {"seed": 5, "splits": ("test",)})))
    other = read_reference(str(tmp_path / "other"))
    (fault,) = faults(run, other)
    assert f'expected "{other.digest}", found "{reference.digest}"' in fault
    assert accepted(run, other, reference).reference is reference


def failed(count: int, error: str) -> Callable[[Lines], Lines]:
    failure = {"answer": None, "error": error}
    return lambda lines: [line | (failure if k < count else {}) for k, line in enumerate(lines)]


def test_a_hundredth_of_the_answers_may_have_failed_and_counts_as_wrong(
    random_run: Path, reference: Reference, tmp_path: Path
) -> None:
    damaged = copied(random_run, tmp_path / "run")
    with_lines(damaged, failed(2, "the server is gone"))  # of 288
    assert accepted(damaged, reference).errors == 2
    with_lines(damaged, failed(3, "the server is gone"))
    (fault,) = faults(damaged, reference)
    assert "expected at most 1 % of the answers to have failed, found 3 of 288, such as synthetic-" in fault
    assert "the server is gone" in fault


def test_empty_answers_are_the_models_own_and_wrong(run: Path, reference: Reference, tmp_path: Path) -> None:
    damaged = copied(run, tmp_path / "run")
    with_lines(damaged, lambda lines: [line | {"answer": ""} for line in lines])
    entry = accepted(damaged, reference)
    assert (entry.score, entry.errors) == (0.0, 0)
    with_lines(damaged, failed(96, "the model returned an empty answer"))  # as version 0.1.0 recorded it
    assert accepted(damaged, reference).errors == 96  # wrong, but no failures


def test_an_answer_after_a_failed_one_is_one_answer(run: Path, reference: Reference, tmp_path: Path) -> None:
    damaged = copied(run, tmp_path / "run")
    with_lines(damaged, lambda lines: [lines[0] | {"answer": None, "error": "too slow"}, *lines])
    assert accepted(damaged, reference).errors == 0


def test_other_variants_and_seeds_may_be_there_and_do_not_count(
    built: Path, reference: Reference, tmp_path: Path
) -> None:
    conditions = ("aligned", "misaligned")
    asked: dict[str, Any] = {"model": "random", "data": str(built), "conditions": conditions}
    evaluate(EvalOptions(**asked, out=tmp_path / "plain"))
    evaluate(EvalOptions(**asked, out=tmp_path / "more", variants=("plain", "abstain"), seeds=(0, 1)))
    plain, more = (accepted(tmp_path / name, reference) for name in ("plain", "more"))
    assert plain.cells == more.cells
    assert plain.score == more.score


@pytest.mark.parametrize(
    ("fields", "marks"),
    [
        ({"model.decoding": "temperature 0.7"}, ("not greedy",)),
        ({"model.system_prompt": "Be brief, and/or say yes / no. /no_think"}, ("system prompt",)),
        ({"model.code_sha256": "0" * 64}, ("own code",)),
        ({"model.name": "Qwen/Qwen2.5-Omni-7B", "model.size": None, "model.min_pixels": 1, "model.max_pixels": 2}, ()),
    ],
)
def test_what_readers_must_know_is_marked(
    fields: dict[str, Any], marks: tuple[str, ...], run: Path, reference: Reference, tmp_path: Path
) -> None:
    other = copied(run, tmp_path / "run")
    for field, value in fields.items():
        with_field(other, field, value)
    assert accepted(other, reference).marks == marks


def test_a_server_that_tells_no_tokens_is_marked_unless_a_probe_knew(
    run: Path, reference: Reference, tmp_path: Path
) -> None:
    served = copied(run, tmp_path / "run")
    with_field(served, "model", {
        "family": "openai", "name": "x", "decoding": "temperature 0, seed 0", "media": "video", "fps": None,
        "max_new_tokens": 64, "server": "http://10.0.0.7/v1",
    })  # fmt: skip
    with_field(served, "versions.openai", "2.0")
    with_lines(served, lambda lines: [line | {"tokens": None} for line in lines])
    entry = accepted(served, reference)
    assert entry.marks == ("server", "sound unknown", "sound twice")
    assert "10.0.0.7" not in str(entry.run)
    with_field(served, "probe", {"arrives": True})
    for sound, mark in ((None, "sound twice"), ("beside", "sound beside"), ("in-video", "sound in video")):
        with_field(served, "model.sound", sound)
        assert accepted(served, reference).marks == ("server", mark)
    with_field(served, "model.media", "frames")
    with_field(served, "model.fps", 1.0)
    with_field(served, "model.sound", None)  # version 0.1.0 could send frames only with the sound beside them
    assert accepted(served, reference).marks == ("server", "sound beside")
    with_field(served, "model.media", "video")
    with_field(served, "model.sound", "in-video")
    with_field(served, "adapted", ["without temperature"])
    entry = accepted(served, reference)
    assert entry.marks == ("server", "not greedy", "sound in video")
    assert (entry.run["model.sound"], entry.run["adapted"]) == ("in-video", '["without temperature"]')


def test_answers_made_elsewhere_are_marked(run: Path, built: Path, reference: Reference, tmp_path: Path) -> None:
    model = f"predictions:{run / 'predictions.jsonl'}"
    conditions = ("aligned", "misaligned")
    evaluate(EvalOptions(model=model, data=str(built), out=tmp_path / "run", conditions=conditions))
    assert accepted(tmp_path / "run", reference).marks == ("answers only", "sound unknown")


def test_a_class_of_ones_own_is_marked_and_its_code_identified(
    built: Path, reference: Reference, tmp_path: Path
) -> None:
    conditions = ("aligned", "misaligned")
    evaluate(EvalOptions(model=f"{MINE}:Loud", data=str(built), out=tmp_path / "run", conditions=conditions))
    entry = accepted(tmp_path / "run", reference)
    assert (entry.model, entry.marks) == ("Loud", ("own code", "sound unknown"))
    assert len(entry.run["model.code_sha256"]) == 64
    with_field(tmp_path / "run", "model.code_sha256", ...)
    assert "model.code_sha256: expected the SHA-256" in str(faults(tmp_path / "run", reference))


def test_baselines_are_marked_and_may_stand_on_the_board(random_run: Path, reference: Reference) -> None:
    assert accepted(random_run, reference).marks == ("baseline",)


def test_checking_changes_nothing_in_the_run(run: Path, reference: Reference, tmp_path: Path) -> None:
    stale = copied(run, tmp_path / "run")
    with_lines(stale, changed(0, answer="Nothing"), score=False)
    before = {path.name: path.read_bytes() for path in stale.iterdir()}
    admit(stale, "run", [reference])
    assert {path.name: path.read_bytes() for path in stale.iterdir()} == before
    score_run(stale)
    accepted(stale, reference)
