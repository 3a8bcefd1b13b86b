"""From a clip and its questions to answers with the attention that they pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mma_accuracy.outcomes import ABSENT, judge
from mma_eval.attention.capture import keeping, keeping_shares
from mma_eval.attention.decoder import decoder_layers, norm_and_head
from mma_eval.attention.layout import modalities_of, placeholders
from mma_eval.attention.lens import log_probabilities
from mma_eval.attention.record import AttentionRecord
from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.models.omni import OmniModel, Prepared
from mma_eval.models.prefix import Prefix
from mma_eval.run.questions import Target

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class AnswerAttention:
    """Of one answer; the fields that `AttentionRecord` has too mean the same."""

    shares: NDArray[np.float32]
    last_layer: NDArray[np.float32]
    keys: NDArray[np.int8]
    lens: Mapping[str, NDArray[np.float32]]
    """By option: (L,), log-probability of its first token after each layer."""
    first_tokens: Mapping[str, int]
    """By option; several may begin alike."""


@dataclass(frozen=True)
class MeasuredAnswer(Answer):
    """An answer with the attention that it pays."""

    measured: AnswerAttention = field(kw_only=True)


class AttentiveModel(Model):
    """A Qwen Omni model whose answers are those of `mma-bench eval`, and come with their attention."""

    def __init__(self, omni: OmniModel) -> None:
        self.omni = omni
        self.libraries = omni.libraries

    def describe(self) -> Mapping[str, Any]:
        """The model's own description: it answers as it always does."""
        return self.omni.describe()

    def load(self) -> None:
        """Load it.

        Raises:
            ModelError: it cannot be had, it is not known which of its tokens are video and which are audio, or what is
                looked at is not where the known families have it.
        """
        empty = self.omni.without_weights()  # said before many gigabytes are read
        placeholders(empty.config)
        decoder_layers(empty)
        norm_and_head(empty)
        self.omni.load()

    def prepare(self, clip: Clip) -> Prepared:
        """Decode a clip."""
        return self.omni.prepare(clip)

    def answer(self, clip: Prepared, questions: Sequence[Question]) -> list[Answer]:
        """Answer all questions from one encoding of the clip."""
        import torch

        with torch.inference_mode():
            prefix = self.omni.encode(clip)
            return [answer_with_attention(self.omni, clip, prefix, question) for question in questions]


def answer_with_attention(omni: OmniModel, clip: Prepared, prefix: Prefix, question: Question) -> Answer:
    """`omni.reply`, with the attention that the answer pays: a `MeasuredAnswer`, unless nothing was said.

    Args:
        omni: loaded; in `torch.inference_mode()`.
        clip: that was encoded.
        prefix: of it.
        question: about it.

    Raises:
        ModelError: it is not known which of its tokens are video and which are audio.
    """
    thinker = omni.thinker
    with keeping(thinker, _modalities(omni, clip, question)) as kept:
        answer, said = omni.say(prefix, question)
    if not said:  # an answer of no tokens pays no attention, and is an error anyway
        return answer
    first = _first_tokens(omni, question.options)
    distinct = sorted(set(first.values()))
    lens = log_probabilities(thinker, kept.hidden, distinct)
    measured = AnswerAttention(
        shares=kept.shares(len(said)),
        last_layer=kept.last_layer(len(said)),
        keys=kept.keys(len(said)),
        lens={option: lens[:, distinct.index(token)] for option, token in first.items()},
        first_tokens=first,
    )
    return MeasuredAnswer(answer.text, tokens=answer.tokens, seconds=answer.seconds, measured=measured)


def answer_with_shares(
    omni: OmniModel, clip: Prepared, prefix: Prefix, question: Question
) -> tuple[Answer, NDArray[np.float32] | None]:
    """As `answer_with_attention`, for little more than a plain answer: no heat map, and no logit lens.

    Returns:
        The answer, and the shares of an `AttentionRecord`, (L, H, 3); None where nothing was said.
    """
    with keeping_shares(omni.thinker, _modalities(omni, clip, question)) as kept:
        answer, said = omni.say(prefix, question)
    return answer, kept.shares(len(said)) if said else None


def _modalities(omni: OmniModel, clip: Prepared, question: Question) -> NDArray[np.int8]:
    prompt = np.concatenate([clip.inputs["input_ids"][0].cpu().numpy(), omni.asked(question)])
    return modalities_of(prompt, omni.thinker.config)


def _first_tokens(omni: OmniModel, options: Sequence[str]) -> dict[str, int]:
    ids = omni.processor.tokenizer(list(options), add_special_tokens=False)["input_ids"]
    return {option: tokens[0] for option, tokens in zip(options, ids, strict=True)}


def record_of(asked: Target, answer: MeasuredAnswer) -> AttentionRecord:
    """What is kept of an answer, with what leads back to its clip.

    Args:
        asked: the question, with what is needed to judge its answer.
        answer: to it.
    """
    measured, prompt = answer.measured, asked.question.prompt
    judged = judge(
        answer.text,
        asked.question.options,
        reference=asked.reference,
        other=asked.other,
        caption=asked.caption,
        absent=(asked.condition, prompt) in ABSENT,
    )
    other = asked.other
    if other is not None and measured.first_tokens[other] == measured.first_tokens[asked.reference]:
        other = None
    return AttentionRecord(
        id=asked.question.row_id,
        clip_id=asked.clip_id,
        donor_id=asked.donor_id,
        condition=asked.condition,
        prompt=prompt,
        reference=asked.reference,
        other=asked.other,
        answer=str(answer.text),
        outcome=judged.outcome,
        shares=measured.shares,
        last_layer=measured.last_layer,
        keys=measured.keys,
        lens_reference=measured.lens[asked.reference],
        lens_other=None if other is None else measured.lens[other],
    )
