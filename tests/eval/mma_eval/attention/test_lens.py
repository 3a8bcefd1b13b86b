"""The logit lens: each layer's state through the model's own norm and head."""

from __future__ import annotations

import pytest

from mma_eval.units import Unit
from whole_attention import Load, in_one_pass, measured


def test_the_lens_of_the_last_layer_is_the_models_own_word(checkpoint: str, load: Load, unit: Unit) -> None:
    import torch

    kept = measured(load(checkpoint), unit, 0).measured
    whole = in_one_pass(load(checkpoint, "eager"), unit, unit.asked[0].question)
    own = torch.from_numpy(whole.logits[0]).log_softmax(-1)
    for option, token in kept.first_tokens.items():
        assert kept.lens[option][-1] == pytest.approx(float(own[token]), abs=1e-4)


def test_the_lens_of_an_earlier_layer_is_its_state_through_norm_and_head(
    checkpoint: str, load: Load, unit: Unit
) -> None:
    import torch

    kept = measured(load(checkpoint), unit, 0).measured
    eager = load(checkpoint, "eager")
    whole = in_one_pass(eager, unit, unit.asked[0].question)
    option, token = next(iter(kept.first_tokens.items()))
    with torch.inference_mode():
        states = [eager.thinker.model.language_model.norm(state) for state in whole.hidden[:-1]]
        expected = [float(eager.thinker.lm_head(state).log_softmax(-1)[token]) for state in states]
    assert kept.lens[option][:-1].tolist() == pytest.approx(expected, abs=1e-4)
