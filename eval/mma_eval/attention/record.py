"""What is kept of one answer: shares of attention by layer, head and modality, and what else leads back to its clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODALITIES = ("video", "audio", "text")
"""The last axis of `AttentionRecord.shares`. Text is all that is neither: instructions, question, answer so far."""


@dataclass(frozen=True)
class AttentionRecord:
    """The attention that the generated tokens of one answer pay; L layers, H heads, G generated tokens, T keys."""

    id: str
    """Of the row."""
    clip_id: str
    donor_id: str | None
    condition: str
    prompt: str
    reference: str
    """The class of the modality asked about."""
    other: str | None
    """The class that the other modality shows."""
    answer: str
    outcome: str
    """As `mma_accuracy` judges the answer."""
    shares: NDArray[np.float32]
    """(L, H, 3): mean over the generated tokens of the attention to all keys of a modality.

    Sums to 1 over `MODALITIES`.
    """
    last_layer: NDArray[np.float32]
    """(G, T): the last layer's attention, mean over heads; a token's own and later keys are 0 where it cannot see."""
    keys: NDArray[np.int8]
    """(T,): each key's modality, an index into `MODALITIES`."""
    lens_reference: NDArray[np.float32]
    """(L,): log-probability that the logit lens of each layer gives the first token of the reference class, where the
    answer's first token is foretold."""
    lens_other: NDArray[np.float32] | None
    """The same of the other modality's class; None where there is none, or both begin with the same token."""


def tokens_of(record: AttentionRecord) -> dict[str, int]:
    """How many keys each modality has."""
    return {name: int((record.keys == k).sum()) for k, name in enumerate(MODALITIES)}


Records = Sequence[AttentionRecord]
