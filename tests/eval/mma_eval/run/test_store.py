"""predictions.jsonl: read, appended, and recovered after a kill."""

import json
from pathlib import Path

import pytest

from mma_bench.core.files import StorageError
from mma_eval.run.prediction import Prediction
from mma_eval.run.store import PredictionLog, PredictionsError, read_predictions

ONE = Prediction(
    id="a.aligned",
    clip_id="a",
    donor_id=None,
    condition="aligned",
    prompt="visual",
    variant="plain",
    seed=0,
    reference="Bird",
    other="Bird",
    caption=None,
    options=("Bird", "Clock"),
    answer="Bird",
    error=None,
    tokens={"video": 1, "audio": 2, "text": 3},
    seconds=0.5,
)
OTHER = ONE.with_(prompt="audio")


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "predictions.jsonl"
    with PredictionLog(path) as log:
        log.append([ONE])
        assert list(read_predictions(path).values()) == [ONE]  # on the disk before the log is closed
        log.append([OTHER])
    assert list(read_predictions(path).values()) == [ONE, OTHER]


@pytest.mark.parametrize("answer", ["Bird\nor \u2028 not", "\ud83d half a pair", "鸟", "a" * 100_000, '"{}'])
def test_any_text_survives(answer: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    with PredictionLog(path) as log:
        log.append([ONE.with_(answer=answer)])
    assert read_predictions(path)[ONE.key].answer == answer


def test_a_line_that_was_cut_off_is_dropped_and_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    with PredictionLog(path) as log:
        log.append([ONE, OTHER])
    path.write_bytes(path.read_bytes()[:-20])
    assert list(read_predictions(path)) == [ONE.key]
    with PredictionLog(path) as log:
        log.append([OTHER])
    assert list(read_predictions(path).values()) == [ONE, OTHER]


def test_an_answer_after_an_error_counts(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    failed = ONE.with_(answer=None, error="out of luck")
    with PredictionLog(path) as log:
        log.append([failed, ONE])
    assert read_predictions(path)[ONE.key].answer == "Bird"


def test_two_answers_to_one_question_are_refused_with_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    with PredictionLog(path) as log:
        log.append([ONE, OTHER, ONE.with_(answer="Clock")])
    with pytest.raises(PredictionsError, match=r"line 3: duplicate answer for a\.aligned, .* the first is in line 1"):
        read_predictions(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt": "smell"}, "prompt: expected 'visual' or 'audio', found \"smell\""),
        ({"reference": None}, "reference: expected a string, found null"),
        ({"options": "Bird"}, 'options: expected a list, found "Bird"'),
        ({"answer": 3}, "answer: expected a string, found 3"),
        ({"variant": "loud"}, "variant: expected 'plain', 'abstain' or 'cot', found \"loud\""),
    ],
)
def test_a_line_that_is_no_prediction_is_named(change: dict, said: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text(json.dumps(ONE.as_json()) + "\n" + json.dumps(ONE.as_json() | change) + "\n")
    with pytest.raises(PredictionsError, match=r"line 2: ") as caught:
        read_predictions(path)
    assert said in str(caught.value)


def test_rubbish_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text("not json\n" + json.dumps(ONE.as_json()) + "\n")
    with pytest.raises(PredictionsError, match="line 1: not JSON"):
        read_predictions(path)
    with pytest.raises(PredictionsError, match="cannot be read"):
        read_predictions(tmp_path / "none.jsonl")


def test_scoring_needs_little(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    short = {"id": "r", "condition": "aligned", "prompt": "visual", "reference": "Bird", "options": ["Bird", "Cat"]}
    path.write_text(json.dumps(short | {"answer": "a bird"}) + "\n")
    found = next(iter(read_predictions(path).values()))
    assert (found.clip_id, found.variant, found.seed, found.other) == ("r", "plain", 0, None)


def test_a_full_disk_is_said_and_keeps_what_was_there(small_disk: Path) -> None:
    path = small_disk / "predictions.jsonl"
    with PredictionLog(path) as log:
        log.append([ONE])
        with pytest.raises(StorageError, match="no space left"):
            log.append([OTHER.with_(answer="x" * 3_000_000)])
    assert list(read_predictions(path).values()) == [ONE]
