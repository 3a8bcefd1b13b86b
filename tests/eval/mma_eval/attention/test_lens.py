"""The logit lens: each layer's state through the model's own norm and head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.questions import ClipQuestions
from random_omni import FAMILIES, Size, save_random_omni
from whole_attention import SMALL, Load, in_one_pass, measured


def test_the_lens_of_the_last_layer_is_the_models_own_word(checkpoint: str, load: Load, unit: ClipQuestions) -> None:
    import torch

    kept = measured(load(checkpoint), unit, 0).measured
    whole = in_one_pass(load(checkpoint, "eager"), unit, unit.targets[0].question)
    own = torch.from_numpy(whole.logits[0]).log_softmax(-1)
    for option, token in kept.first_tokens.items():
        assert kept.lens[option][-1] == pytest.approx(float(own[token]), abs=1e-4)


def test_the_lens_of_an_earlier_layer_is_its_state_through_norm_and_head(
    checkpoint: str, load: Load, unit: ClipQuestions
) -> None:
    import torch

    kept = measured(load(checkpoint), unit, 0).measured
    eager = load(checkpoint, "eager")
    whole = in_one_pass(eager, unit, unit.targets[0].question)
    option, token = next(iter(kept.first_tokens.items()))
    with torch.inference_mode():
        states = [eager.thinker.model.language_model.norm(state) for state in whole.hidden[:-1]]
        expected = [float(eager.thinker.lm_head(state).log_softmax(-1)[token]) for state in states]
    assert kept.lens[option][:-1].tolist() == pytest.approx(expected, abs=1e-4)


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
    assert np.array_equal(found.measured.shares, expected.measured.shares)
    for option, lens in expected.measured.lens.items():
        assert found.measured.lens[option] == pytest.approx(lens, abs=1e-5)
