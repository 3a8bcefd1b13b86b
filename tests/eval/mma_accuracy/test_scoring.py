"""Cells and pairs, counted by hand on small examples."""

import time
from typing import Any

import pytest

from mma_accuracy.intervals import wilson_interval
from mma_accuracy.scoring import score

CLASSES = ["Bird", "Clock", "Rain"]

ROWS: dict[str, list[Any]] = {
    # two misaligned rows, one with black frames; both questions of each
    "predictions": ["Bird", "Bird", "Clock", "Rain", "None of the above", "Rain"],
    "references": ["Bird", "Clock", "Bird", "Rain", "Rain", "Rain"],
    "other_references": ["Clock", "Bird", "Clock", "Bird", "Rain", None],
    "conditions": ["misaligned"] * 4 + ["frames_zeroed"] * 2,
    "prompts": ["visual", "audio"] * 3,
    "variants": ["plain"] * 6,
    "clip_ids": ["a", "a", "b", "b", "c", "c"],
}


def test_the_overall_cell_is_flat() -> None:
    found = score(**ROWS, classes=CLASSES)
    assert (found["n"], found["n_valid"], found["accuracy"]) == (6, 6, 0.5)
    assert found["outcomes"] == {
        "grounded": 3 / 6, "other_modality": 2 / 6, "caption": 0, "abstained": 1 / 6, "other_class": 0, "off_list": 0,
        "error": 0,
    }  # fmt: skip


def test_cells_come_in_the_benchmarks_order_and_count_their_own() -> None:
    found = score(**{name: values[::-1] for name, values in ROWS.items()}, classes=CLASSES)
    cells = [(c["condition"], c["prompt"], c["n"], c["accuracy"]) for c in found["cells"]]
    assert cells == [
        ("misaligned", "visual", 2, 0.5),
        ("misaligned", "audio", 2, 0.5),
        ("frames_zeroed", "visual", 1, 0.0),
        ("frames_zeroed", "audio", 1, 1.0),
    ]


def test_pairs_say_who_was_followed() -> None:
    pairs = {p["condition"]: p for p in score(**ROWS, classes=CLASSES)["pairs"]}
    assert pairs["misaligned"]["n"] == 2
    assert pairs["misaligned"]["outcomes"]["follows_video"] == 0.5
    assert pairs["misaligned"]["outcomes"]["follows_audio"] == 0.5
    assert pairs["frames_zeroed"]["outcomes"]["both"] == 1.0  # abstained on black frames, and heard the rain


def test_an_absent_modality_keeps_the_papers_accuracy_and_its_own_outcome() -> None:
    found = score(
        ["Rain"], ["Rain"], classes=CLASSES, other_references=["Rain"], conditions=["frames_zeroed"], prompts=["visual"]
    )
    assert found["accuracy"] == 1.0
    assert found["outcomes"]["other_modality"] == 1.0


def test_errors_are_in_all_and_not_in_valid() -> None:
    found = score(["Bird", None, "Bird"], ["Bird"] * 3, classes=CLASSES, errors=[None, None, "time-out"])
    assert (found["n"], found["n_valid"]) == (3, 1)
    assert (found["accuracy"], found["accuracy_valid"]) == (1 / 3, 1.0)
    assert found["outcomes"]["error"] == 2 / 3
    assert score([None], ["Bird"])["accuracy_valid"] is None


def test_answers_about_one_clip_count_once_in_the_interval() -> None:
    once = score(["Bird", "Rain"], ["Bird", "Bird"], classes=CLASSES, clip_ids=["a", "b"])
    often = score(["Bird"] * 5 + ["Rain"] * 5, ["Bird"] * 10, classes=CLASSES, clip_ids=["a"] * 5 + ["b"] * 5)
    assert (often["ci_low"], often["ci_high"]) == pytest.approx(wilson_interval(1, 2))
    assert (once["ci_low"], once["ci_high"]) == (often["ci_low"], often["ci_high"])
    free = score(["Bird"] * 5 + ["Rain"] * 5, ["Bird"] * 10, classes=CLASSES)
    assert (free["ci_low"], free["ci_high"]) == pytest.approx(wilson_interval(5, 10))


def test_chance_counts_the_options_and_the_abstention() -> None:
    assert score(["Bird"], ["Bird"], classes=CLASSES)["chance"] == 1 / 3
    assert score(["Bird"], ["Bird"], classes=CLASSES, variants=["abstain"])["chance"] == 1 / 4
    mixed = score(["Bird", "Bird"], ["Bird", "Bird"], classes=[["Bird", "Rain"], CLASSES])
    assert mixed["chance"] == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_the_options_are_by_default_all_classes_that_are_referred_to() -> None:
    found = score(["Rain"], ["Bird"], other_references=["Clock"], caption_references=["Rain"])
    assert found["outcomes"]["caption"] == 1.0
    assert found["chance"] == 1 / 3


def test_several_seeds_of_a_row_are_several_pairs() -> None:
    twice = {name: values[:2] * 2 for name, values in ROWS.items()}
    found = score(**twice, classes=CLASSES, pair_ids=["a 0", "a 0", "a 1", "a 1"])
    assert found["pairs"][0]["n"] == 2
    with pytest.raises(ValueError, match=r"a: two answers to the visual question \(misaligned, plain\)"):
        score(**twice, classes=CLASSES)


def test_a_pair_with_an_error_is_left_out() -> None:
    found = score(**ROWS, classes=CLASSES, errors=["time-out", None, None, None, None, None])
    assert [p["n"] for p in found["pairs"]] == [1, 1]


def test_conditions_of_ones_own_come_last() -> None:
    found = score(["Bird"] * 3, ["Bird"] * 3, conditions=["zebra", "aligned", "apple"])
    assert [c["condition"] for c in found["cells"]] == ["aligned", "apple", "zebra"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"predictions": [], "references": []}, "no predictions: expected at least one"),
        ({"references": ["Bird"]}, "references: 1 values for 2 predictions"),
        ({"conditions": ["aligned"]}, "conditions: 1 values for 2 predictions"),
        ({"prompts": ["visual", "smell"]}, r"prompts\[1\]: unknown value 'smell'; expected one of visual, audio"),
        ({"variants": ["plain", "loud"]}, r"variants\[1\]: unknown value 'loud'"),
        ({"classes": ["Rain"]}, r"references\[0\]: 'Bird' is not one of the 1 classes"),
        ({"classes": [["Bird"]]}, "classes: 1 lists for 2 predictions"),
    ],
)
def test_what_does_not_fit_is_named(arguments: dict[str, Any], said: str) -> None:
    usual: dict[str, Any] = {"predictions": ["Bird", "Bird"], "references": ["Bird", "Bird"]}
    with pytest.raises(ValueError, match=said):
        score(**(usual | arguments))


def test_a_hundred_thousand_answers_take_seconds() -> None:
    n = 100_000
    began = time.perf_counter()
    score(["a bird", "Clock"] * (n // 2), ["Bird"] * n, classes=[CLASSES] * n, clip_ids=[str(k // 2) for k in range(n)])
    assert time.perf_counter() - began < 30  # some five seconds
