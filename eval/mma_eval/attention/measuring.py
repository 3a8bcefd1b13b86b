"""Answer questions about a clip and measure the attention of each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_accuracy.outcomes import ABSENT, judge
from mma_bench.core.records import Json
from mma_eval.attention.answers import AnswerAttention
from mma_eval.attention.capture import capture_attention, capture_shares
from mma_eval.attention.layout import decoder_layers, modalities_of, norm_and_head, placeholders
from mma_eval.attention.lens import log_probabilities
from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.models.omni import OmniModel, Prepared
from mma_eval.models.prefix import Prefix
from mma_eval.run.questions import Target

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class MeasuredAnswer(Answer):
    """An answer with its attention and logit lens; `shares`, `last_layer` and `keys` are as in `AnswerAttention`."""

    shares: NDArray[np.float32]
    last_layer: NDArray[np.float32]
    keys: NDArray[np.int8]
    lens: Mapping[str, NDArray[np.float32]]
    """Log-probability of each option's first token after each layer, (L,)."""
    first_tokens: Mapping[str, int]
    """First token of each option; several options may have the same one."""


class AttentiveModel(Model):
    """Measure the attention of a Qwen Omni model's answers without changing them."""

    def __init__(self, omni: OmniModel) -> None:
        self.omni = omni
        self.libraries = omni.libraries

    def describe(self) -> Mapping[str, Json]:
        """Return the description of the wrapped model, whose answers are unchanged."""
        return self.omni.describe()

    def load(self) -> None:
        """Load the model; raise ModelError if it cannot be loaded or its structure is unknown."""
        empty = self.omni.without_weights()  # fail before many gigabytes are read
        placeholders(empty.config)
        decoder_layers(empty)
        norm_and_head(empty)
        self.omni.load()

    def prepare(self, clip: Clip) -> Prepared:
        """Decode a clip; see `OmniModel.prepare`."""
        return self.omni.prepare(clip)

    def answer(self, clip: Prepared, questions: Sequence[Question]) -> list[Answer]:
        """Answer all questions from one encoding of the clip."""
        import torch

        with torch.inference_mode():
            prefix = self.omni.encode(clip)
            return [answer_with_attention(self.omni, clip, prefix, question) for question in questions]


def answer_with_attention(omni: OmniModel, clip: Prepared, prefix: Prefix, question: Question) -> Answer:
    """Answer a question as `omni.reply` does and measure the answer's attention, inside `torch.inference_mode()`.

    Return a `MeasuredAnswer`, or a plain `Answer` if no token was generated. `prefix` is the encoding of the clip.

    Raises:
        ModelError: the modalities of the model's tokens are unknown.
    """
    thinker = omni.thinker
    with capture_attention(thinker, _modalities(omni, clip, question)) as captured:
        answer, tokens = omni.say(prefix, question)
    if not tokens:  # an empty answer has no attention
        return answer
    ids = omni.processor.tokenizer(list(question.options), add_special_tokens=False)["input_ids"]
    first = {option: of[0] for option, of in zip(question.options, ids, strict=True)}
    distinct = sorted(set(first.values()))
    lens = log_probabilities(thinker, captured.hidden, distinct)
    return MeasuredAnswer(
        text=answer.text,
        tokens=answer.tokens,
        seconds=answer.seconds,
        ended=answer.ended,
        shares=captured.shares(len(tokens)),
        last_layer=captured.last_layer(len(tokens)),
        keys=captured.keys(len(tokens)),
        lens={option: lens[:, distinct.index(token)] for option, token in first.items()},
        first_tokens=first,
    )


def answer_with_shares(
    omni: OmniModel, clip: Prepared, prefix: Prefix, question: Question
) -> tuple[Answer, NDArray[np.float32] | None]:
    """Answer as `answer_with_attention` does, but measure only the shares, at little more than a plain answer's cost.

    Return the answer and `AnswerAttention.shares`, (L, H, 3); None instead of the shares if no token was generated.
    """
    with capture_shares(omni.thinker, _modalities(omni, clip, question)) as captured:
        answer, tokens = omni.say(prefix, question)
    return answer, captured.shares(len(tokens)) if tokens else None


def _modalities(omni: OmniModel, clip: Prepared, question: Question) -> NDArray[np.int8]:
    prompt = np.concatenate([clip.inputs["input_ids"][0].cpu().numpy(), omni.asked(question)])
    return modalities_of(prompt, omni.thinker.config)


def attention_of(target: Target, answer: MeasuredAnswer) -> AnswerAttention:
    """Combine a measured answer with its question, its clip and its outcome."""
    prompt, other = target.question.prompt, target.other
    judged = judge(
        answer.text,
        target.question.options,
        reference=target.reference,
        other=target.other,
        caption=target.caption,
        absent=(target.condition, prompt) in ABSENT,
        prompt=prompt,
        ended=answer.ended,
    )
    if other is not None and answer.first_tokens[other] == answer.first_tokens[target.reference]:
        other = None
    return AnswerAttention(
        id=target.question.row_id,
        clip_id=target.clip_id,
        donor_id=target.donor_id,
        condition=target.condition,
        prompt=prompt,
        reference=target.reference,
        other=target.other,
        answer=str(answer.text),
        outcome=judged.outcome,
        shares=answer.shares,
        last_layer=answer.last_layer,
        keys=answer.keys,
        lens_reference=answer.lens[target.reference],
        lens_other=None if other is None else answer.lens[other],
    )
