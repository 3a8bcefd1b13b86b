"""The logit lens: each layer's state through the model's own norm and head, and where it shows a conflict decided."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from made_attention import model_that_shifts, record
from mma_eval.attention.answers import AnswerAttention
from mma_eval.attention.lens import crossing_layer, summarise_lens
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.questions import ClipQuestions
from random_omni import FAMILIES, Size, save_random_omni
from whole_attention import SMALL, Load, in_one_pass, measured


def test_the_lens_of_the_last_layer_is_the_models_own_word(checkpoint: str, load: Load, unit: ClipQuestions) -> None:
    import torch

    captured = measured(load(checkpoint), unit, 0)
    whole = in_one_pass(load(checkpoint, "eager"), unit, unit.targets[0].question)
    own = torch.from_numpy(whole.logits[0]).log_softmax(-1)
    for option, token in captured.first_tokens.items():
        assert captured.lens[option][-1] == pytest.approx(float(own[token]), abs=1e-4)


def test_the_lens_of_an_earlier_layer_is_its_state_through_norm_and_head(
    checkpoint: str, load: Load, unit: ClipQuestions
) -> None:
    import torch

    captured = measured(load(checkpoint), unit, 0)
    eager = load(checkpoint, "eager")
    whole = in_one_pass(eager, unit, unit.targets[0].question)
    option, token = next(iter(captured.first_tokens.items()))
    with torch.inference_mode():
        states = [eager.thinker.model.language_model.norm(state) for state in whole.hidden[:-1]]
        expected = [float(eager.thinker.lm_head(state).log_softmax(-1)[token]) for state in states]
    assert captured.lens[option][:-1].tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_offloaded_weights_give_the_same_answers_attention_and_lens(
    family: str, tmp_path: Path, load: Load, unit: ClipQuestions
) -> None:
    import accelerate
    import torch

    name = str(save_random_omni(tmp_path / f"random-{family}", family, size=Size(hidden=64, layers=3)))
    expected = measured(load(name), unit, 0)
    model = resolve_model(name, {"max_new_tokens": 5, **SMALL})
    assert isinstance(model, OmniModel)
    model.load()
    for part in (model.thinker.model.language_model, model.thinker.lm_head):
        accelerate.cpu_offload(part, execution_device=torch.device("cpu"))
    assert model.thinker.lm_head.weight.device.type == "meta"
    found = measured(model, unit, 0)
    assert found.text == expected.text
    assert np.array_equal(found.shares, expected.shares)
    for option, lens in expected.lens.items():
        assert found.lens[option] == pytest.approx(lens, abs=1e-5)


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


def _answers(layers: list[int], *, outcome: str, ends_right: bool = True) -> list[AnswerAttention]:
    """Make one answer per clip, decided in these of six layers according to the lens."""
    made = []
    for k, layer in enumerate(layers):
        lead = np.where(np.arange(1, 7) >= layer, 1.0, -1.0) * (1 if ends_right else -1)
        lens = {"lens_reference": np.full(6, -3.0) + lead, "lens_other": np.full(6, -3.0)}
        made.append(record(np.full((6, 1, 3), 1 / 3), clip_id=f"{outcome}{k}", outcome=outcome, **lens))
    return made


def test_answers_are_told_apart_by_what_they_say() -> None:
    grounded = _answers([2, 4, 6], outcome="grounded")
    followed = _answers([5], outcome="other_modality", ends_right=False)
    found = summarise_lens([*grounded, *followed])
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
    """One of the two classes always ranks higher: the lens alone would call the answer right or wrong."""
    third = _answers([1, 1, 1], outcome=outcome, ends_right=ends_right)
    found = summarise_lens([*_answers([4], outcome="grounded"), *third])
    assert found is not None
    assert found.grounded.layer is not None
    assert found.grounded.layer.value == 4
    assert (found.grounded.answers, found.other_modality.answers, found.rest) == (1, 0, 3)
    assert found.other_modality.layer is None
    assert found.reference.clips == 4  # they are in the curves


def test_no_layer_is_read_off_an_answer_whose_class_ends_lower() -> None:
    """A token before the class, such as that of "It", may let either class rank higher."""
    elsewhere = _answers([2, 2], outcome="grounded", ends_right=False)
    level = record(np.full((6, 1, 3), 1 / 3), clip_id="c", lens_reference=np.full(6, -2.0), lens_other=np.full(6, -2.0))
    found = summarise_lens(
        [*_answers([4, 6], outcome="grounded"), *[replace(r, clip_id="x") for r in elsewhere], level]
    )
    assert found is not None
    assert found.grounded.layer is not None
    assert (found.grounded.answers, found.grounded.read, found.grounded.layer.value) == (5, 2, 5)


def test_classes_that_begin_alike_are_left_out_and_counted() -> None:
    alike = [replace(r, lens_other=None) for r in _answers([1, 1], outcome="grounded")]
    alone = replace(alike[0], other=None)  # no other class at all
    found = summarise_lens([*_answers([4], outcome="grounded"), *alike, alone])
    assert found is not None
    assert (found.same_first_token, found.grounded.answers, found.rest) == (2, 1, 0)
    assert summarise_lens(alike) is None


def test_answers_without_another_class_are_left_out() -> None:
    made = model_that_shifts({"aligned": 1.0, "misaligned": 1.0}, clips=20)
    visual = [r for r in made if r.prompt == "visual"]
    found = summarise_lens(visual)
    conflicts = [r for r in visual if r.condition == "misaligned"]
    assert found is not None
    assert found.reference.clips == len(conflicts) == 20
    assert found.reference.value == pytest.approx(np.mean([r.lens_reference for r in conflicts], axis=0))
    assert (found.grounded.answers, found.rest, found.same_first_token) == (20, 0, 0)
    assert summarise_lens([replace(r, lens_other=None) for r in conflicts]) is None


def test_a_clip_with_several_answers_counts_once() -> None:
    [first], [second] = (_answers([layer], outcome="grounded") for layer in (2, 6))
    found = summarise_lens([first, first, first, replace(second, clip_id="another")])
    assert found is not None
    assert found.grounded.layer is not None
    assert (found.grounded.layer.value, found.grounded.layer.clips, found.grounded.answers) == (4, 2, 4)
