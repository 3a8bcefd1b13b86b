"""Where a conflict is decided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from made_attention import model_that_shifts, record
from mma_eval.attention.deciding import crossing_layer, deciding
from mma_eval.attention.record import AttentionRecord


@pytest.mark.parametrize(
    ("reference", "other", "layer"),
    [
        ([-1, -1, -1], [-2, -2, -2], 1),  # ahead in all layers
        ([-3, -3, -1], [-2, -2, -2], 3),
        ([-1, -3, -1, -1], [-2, -2, -2, -2], 3),  # ahead, behind, ahead: the last time counts
        ([-3, -2, -1], [-2, -2, -2], 3),  # level is not ahead
        ([-1, -2, -2], [-2, -2, -2], None),  # level in the end, though not before
        ([-2, -2], [-2, -2], None),
        ([-1], [-2], 1),
    ],
)
def test_the_crossing_layer(reference: list[float], other: list[float], layer: int | None) -> None:
    assert crossing_layer(np.array(reference), np.array(other)) == layer
    assert crossing_layer(np.array(other), np.array(reference)) == layer  # whichever of the two wins


def _answers(layers: list[int], *, outcome: str, ends_right: bool = True) -> list[AttentionRecord]:
    """One answer per clip, the lens decided in these of six layers."""
    made = []
    for k, layer in enumerate(layers):
        lead = np.where(np.arange(1, 7) >= layer, 1.0, -1.0) * (1 if ends_right else -1)
        lens = {"lens_reference": np.full(6, -3.0) + lead, "lens_other": np.full(6, -3.0)}
        made.append(record(np.full((6, 1, 3), 1 / 3), clip_id=f"{outcome}{k}", outcome=outcome, **lens))
    return made


def test_answers_are_told_apart_by_what_they_say() -> None:
    grounded = _answers([2, 4, 6], outcome="grounded")
    followed = _answers([5], outcome="other_modality", ends_right=False)
    found = deciding([*grounded, *followed])
    assert found is not None
    assert found.grounded.layer is not None
    assert found.other_modality.layer is not None
    assert found.grounded.layer.value == 4
    assert found.grounded.layer.low < 4 < found.grounded.layer.high
    assert found.other_modality.layer.value == 5
    assert np.isnan(found.other_modality.layer.low)
    assert (found.grounded.answers, found.other_modality.answers, found.rest) == (3, 1, 0)


@pytest.mark.parametrize("outcome", ["other_class", "off_list", "abstained", "caption"])
@pytest.mark.parametrize("ends_right", [True, False])
def test_an_answer_that_names_neither_class_is_none_of_theirs(outcome: str, ends_right: bool) -> None:
    """One of the two classes is higher whatever is said: the lens alone would call the answer right or wrong."""
    third = _answers([1, 1, 1], outcome=outcome, ends_right=ends_right)
    found = deciding([*_answers([4], outcome="grounded"), *third])
    assert found is not None
    assert found.grounded.layer is not None
    assert found.grounded.layer.value == 4
    assert (found.grounded.answers, found.other_modality.answers, found.rest) == (1, 0, 3)
    assert found.other_modality.layer is None
    assert found.reference.clips == 4  # they are in the curves


def test_no_layer_is_read_off_an_answer_whose_class_ends_lower() -> None:
    """A token before the class, such as that of "It", may leave either class higher."""
    elsewhere = _answers([2, 2], outcome="grounded", ends_right=False)
    level = record(np.full((6, 1, 3), 1 / 3), clip_id="c", lens_reference=np.full(6, -2.0), lens_other=np.full(6, -2.0))
    found = deciding([*_answers([4, 6], outcome="grounded"), *[replace(r, clip_id="x") for r in elsewhere], level])
    assert found is not None
    assert found.grounded.layer is not None
    assert (found.grounded.answers, found.grounded.read, found.grounded.layer.value) == (5, 2, 5)


def test_classes_that_begin_alike_are_left_out_and_counted() -> None:
    alike = [replace(r, lens_other=None) for r in _answers([1, 1], outcome="grounded")]
    alone = replace(alike[0], other=None)  # no other class at all
    found = deciding([*_answers([4], outcome="grounded"), *alike, alone])
    assert found is not None
    assert (found.alike, found.grounded.answers, found.rest) == (2, 1, 0)
    assert deciding(alike) is None


def test_answers_without_another_class_are_left_out() -> None:
    made = model_that_shifts({"aligned": 1.0, "misaligned": 1.0}, clips=20)
    visual = [r for r in made if r.prompt == "visual"]
    found = deciding(visual)
    conflicts = [r for r in visual if r.condition == "misaligned"]
    assert found is not None
    assert found.reference.clips == len(conflicts) == 20
    assert found.reference.value == pytest.approx(np.mean([r.lens_reference for r in conflicts], axis=0))
    assert (found.grounded.answers, found.rest, found.alike) == (20, 0, 0)
    assert deciding([replace(r, lens_other=None) for r in conflicts]) is None


def test_a_clip_with_several_answers_counts_once() -> None:
    [first], [second] = (_answers([layer], outcome="grounded") for layer in (2, 6))
    found = deciding([first, first, first, replace(second, clip_id="another")])
    assert found is not None
    assert found.grounded.layer is not None
    assert (found.grounded.layer.value, found.grounded.layer.clips, found.grounded.answers) == (4, 2, 4)
