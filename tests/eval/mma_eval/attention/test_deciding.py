"""Where a conflict is decided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from made_attention import model_that_shifts, record
from mma_eval.attention.deciding import crossing_layer, deciding


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


def _answers(layers: list[int], *, wins: bool) -> list[object]:
    """One answer per clip, decided in these of six layers."""
    made = []
    for k, layer in enumerate(layers):
        lead = np.where(np.arange(1, 7) >= layer, 1.0, -1.0) * (1 if wins else -1)
        lens = {"lens_reference": np.full(6, -3.0) + lead, "lens_other": np.full(6, -3.0)}
        made.append(record(np.full((6, 1, 3), 1 / 3), clip_id=f"{wins}{k}", **lens))
    return made


def test_answers_that_end_right_and_wrong_are_told_apart() -> None:
    made = [*_answers([2, 4, 6], wins=True), *_answers([5], wins=False)]
    level = record(np.full((6, 1, 3), 1 / 3), lens_reference=np.full(6, -2.0), lens_other=np.full(6, -2.0))
    found = deciding([*made, level])
    assert found is not None
    assert found.won is not None
    assert found.lost is not None
    assert found.won.value == 4
    assert found.won.low < 4 < found.won.high
    assert found.lost.value == 5
    assert np.isnan(found.lost.low)
    assert (found.answers_won, found.answers_lost, found.answers_level) == (3, 1, 1)


def test_answers_without_another_class_are_left_out() -> None:
    made = model_that_shifts({"aligned": 1.0, "misaligned": 1.0}, clips=20)
    visual = [r for r in made if r.prompt == "visual"]
    found = deciding(visual)
    conflicts = [r for r in visual if r.condition == "misaligned"]
    assert found is not None
    assert found.reference.clips == len(conflicts) == 20
    assert found.reference.value == pytest.approx(np.mean([r.lens_reference for r in conflicts], axis=0))
    assert found.answers_won + found.answers_lost + found.answers_level == 20
    assert deciding([replace(r, lens_other=None) for r in conflicts]) is None


def test_a_clip_with_several_answers_counts_once() -> None:
    first, second = _answers([2], wins=True)[0], _answers([6], wins=True)[0]
    found = deciding([first, first, first, replace(second, clip_id="another")])
    assert found is not None
    assert found.won is not None
    assert (found.won.value, found.won.clips, found.answers_won) == (4, 2, 4)
