"""All attention weights from transformers' eager implementation, to compare captured rows with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mma_eval.attention.captured import CapturedShares
from mma_eval.attention.measuring import AttentiveModel, MeasuredAnswer
from mma_eval.model import Question
from mma_eval.models.omni import OmniModel
from mma_eval.run.questions import ClipQuestions

Load = Callable[..., OmniModel]
"""Takes a model's name, an attention implementation (sdpa by default) and a precision (float32 by default); `said` is
the greatest length of an answer in tokens (5 by default)."""
SMALL = {"min_pixels": 64 * 64, "max_pixels": 96 * 96}
"""Options for frames with few tokens."""
WINDOW = 16
"""Number of keys that the second layer of the fixture `sliding` sees."""


def measured(model: OmniModel, unit: ClipQuestions, number: int) -> MeasuredAnswer:
    question = unit.targets[number].question
    [answer] = AttentiveModel(model).answer(model.prepare(unit.clip), [question])
    assert isinstance(answer, MeasuredAnswer)
    return answer


@dataclass(frozen=True)
class Whole:
    """Output of transformers for one pass over a prompt and its answer."""

    attentions: np.ndarray
    """(L, H, G, T): the rows that predict the answer's tokens."""
    logits: np.ndarray
    """(G, vocabulary)."""
    hidden: Any
    """By layer, the state that predicts the first token; the last one has been through the norm."""
    keys: list[int]


def in_one_pass(model: OmniModel, unit: ClipQuestions, question: Question) -> Whole:
    """Run prompt and answer teacher-forced, without prefix, by transformers' own processor and forward."""
    import torch

    with torch.inference_mode():
        _, said = model.say(model.encode(model.prepare(unit.clip)), question)
        inputs = dict(model.prepare(unit.clip).inputs)
        more = torch.tensor([[*model.asked(question), *said[:-1]]])
        inputs["input_ids"] = torch.cat([inputs["input_ids"], more], dim=1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        inputs.pop("num_audio_tokens", None)
        found = model.thinker(
            **inputs, use_audio_in_video=True, output_attentions=True, output_hidden_states=True, use_cache=False
        )
    rows, first = slice(-len(said), None), -len(said)
    config = model.thinker.config
    kinds = {config.video_token_id: 0, config.audio_token_id: 1}
    return Whole(
        attentions=torch.stack([layer[0, :, rows] for layer in found.attentions]).numpy(),
        logits=found.logits[0, rows].numpy(),
        hidden=[state[0, first] for state in found.hidden_states[1:]],
        keys=[kinds.get(token, 2) for token in inputs["input_ids"][0].tolist()],
    )


def passes(captured: CapturedShares) -> set[int]:
    """Return the numbers of passes of which the layers captured a row."""
    return {sum(len(rows) for rows in layer) for layer in captured.sums}
