"""Apply the logit lens, and find the layer at which a conflict is decided.

The logit lens (nostalgebraist, "interpreting GPT: the logit lens", 2020) reads each layer as if it were the last. At
the position that predicts the answer's first token, it gives the log-probabilities of the first tokens of the correct
class (that of the modality asked about) and of the other modality's class. It shows what can be read from a layer, not
what later layers do with it.

The lens alone does not show whether an answer is correct: one of two classes always ranks higher, even if the answer
names a third. Answers are therefore grouped by their outcome in `mma_accuracy`, and a layer is determined only if the
named class also ranks higher in the last layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mma_eval.attention.answers import AnswerAttention
from mma_eval.attention.by_clip import BootstrapEstimate, by_clip, mean
from mma_eval.attention.layout import norm_and_head

if TYPE_CHECKING:
    from numpy.typing import NDArray


def log_probabilities(thinker: Any, hidden: Sequence[Any], tokens: Sequence[int]) -> NDArray[np.float32]:
    """Return the log-probability of each token after each layer, (layers, tokens).

    Each hidden state, (width,) at the position that predicts the token, goes through the model's final norm and head,
    so the last layer's row is the model's own output.

    Raises:
        ModelError: the thinker has no norm or head of a known kind.
    """
    import torch

    norm, head = norm_and_head(thinker)
    # Layers may be on several devices. The device of norm and head cannot be read from their weights: offloaded weights
    # are on "meta" until the module is called.
    states = torch.stack([state.to(hidden[-1].device) for state in hidden])
    logits = head(norm(states)).float()
    return np.asarray(logits.log_softmax(-1)[:, list(tokens)].cpu())


def crossing_layer(reference: NDArray[np.floating], other: NDArray[np.floating]) -> int | None:
    """Return the first layer, counted from 1, from which on the class that ranks higher in the last layer stays higher.

    It is 1 if that class ranks higher in all layers, and None if the two classes tie in the last layer. The arguments
    are the log-probabilities of the two classes in each layer, (L,).

    >>> crossing_layer(np.array([-9.0, -5.0, -6.0, -1.0]), np.array([-8.0, -6.0, -4.0, -3.0]))  # behind again in 3
    4
    >>> crossing_layer(np.array([-3.0, -5.0, -5.0]), np.array([-4.0, -2.0, -1.0]))  # the other wins, from layer 2 on
    2
    """
    lead = np.sign(np.asarray(reference, float) - np.asarray(other, float))
    if lead[-1] == 0:
        return None
    return int(np.flatnonzero(lead != lead[-1]).max(initial=-1)) + 2


@dataclass(frozen=True)
class CrossingLayers:
    """Crossing layers of the answers with one outcome."""

    answers: int
    read: int
    """Number of these answers whose named class ranks higher in the last layer, so that a layer can be determined."""
    layer: BootstrapEstimate | None
    """(): mean crossing layer of the answers counted by `read`, from 1; None if `read` is 0."""


@dataclass(frozen=True)
class LensSummary:
    """Logit lens over answers to one question in one condition, with two classes that begin with different tokens."""

    reference: BootstrapEstimate
    """(L,): mean log-probability of the correct class, over all of these answers."""
    other: BootstrapEstimate
    """(L,): mean log-probability of the other modality's class."""
    grounded: CrossingLayers
    other_modality: CrossingLayers
    rest: int
    """Number of answers with another outcome: a third class, a caption's class, an abstention, or no known option."""
    same_first_token: int
    """Number of answers left out because both classes begin with the same token."""


def summarise_lens(answers: Sequence[AnswerAttention]) -> LensSummary | None:
    """Summarise the lens over one model's answers to one question in one condition.

    Answers without a class of the other modality are skipped. Return None if no answer has two classes that begin with
    different tokens.
    """
    compared = [answer for answer in answers if answer.lens_other is not None]
    if not compared:
        return None
    grounded, other = ([a for a in compared if a.outcome == name] for name in ("grounded", "other_modality"))
    return LensSummary(
        reference=mean(by_clip(compared, lambda a: np.asarray(a.lens_reference, float))),
        other=mean(by_clip(compared, lambda a: np.asarray(a.lens_other, float))),
        grounded=_crossing_layers(grounded, 1),
        other_modality=_crossing_layers(other, -1),
        rest=len(compared) - len(grounded) - len(other),
        same_first_token=sum(a.other is not None and a.lens_other is None for a in answers),
    )


def _crossing_layers(answers: Sequence[AnswerAttention], lead: int) -> CrossingLayers:
    """Average the crossing layers of answers whose last layer ranks the correct class higher (1) or lower (-1)."""
    read = [a for a in answers if np.sign(float(a.lens_reference[-1]) - float(np.asarray(a.lens_other)[-1])) == lead]
    layer = mean(by_clip(read, _crossing)) if read else None
    return CrossingLayers(len(answers), len(read), layer)


def _crossing(answer: AnswerAttention) -> NDArray[np.float64]:
    return np.asarray(crossing_layer(answer.lens_reference, np.asarray(answer.lens_other)), float)
