"""Attention of one answer: shares by layer, head and modality, with the ids of its row and clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODALITIES = ("video", "audio", "text")
"""Last axis of `AnswerAttention.shares`. Text is all the rest: template, instructions, question, answer so far."""


@dataclass(frozen=True)
class AnswerAttention:
    """Attention from the generated tokens of one answer; L layers, H heads, G generated tokens, T keys."""

    id: str
    """Id of the row."""
    clip_id: str
    donor_id: str | None
    condition: str
    prompt: str
    reference: str
    """The class of the modality asked about."""
    other: str | None
    """The class of the other modality; None if it is absent."""
    answer: str
    outcome: str
    """The answer's outcome according to `mma_accuracy`."""
    shares: NDArray[np.float32]
    """(L, H, 3): attention to all keys of a modality, mean over the generated tokens; sums to 1 over `MODALITIES`."""
    last_layer: NDArray[np.float32]
    """(G, T): the last layer's attention, mean over heads; 0 for masked keys."""
    keys: NDArray[np.int8]
    """(T,): the modality of each key, an index into `MODALITIES`."""
    lens_reference: NDArray[np.float32]
    """(L,): log-probability of the reference class's first token, read from each layer by the logit lens at the
    position that predicts the answer's first token."""
    lens_other: NDArray[np.float32] | None
    """The same for the other modality's class; None if there is none, or if both classes begin with the same token."""


def tokens_of(answer: AnswerAttention) -> dict[str, int]:
    """Count the keys of each modality."""
    return {name: int((answer.keys == k).sum()) for k, name in enumerate(MODALITIES)}
