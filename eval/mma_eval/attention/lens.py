"""The logit lens: what each layer would say if it were the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def log_probabilities(thinker: Any, hidden: Sequence[Any], tokens: Sequence[int]) -> NDArray[np.float32]:
    """The log-probability of each of `tokens` after each layer, by the model's final norm and head (nostalgebraist,
    "interpreting GPT: the logit lens", 2020). The last layer's is the model's own.

    Args:
        thinker: a Qwen Omni thinker.
        hidden: by layer, (width,), the state after it at the position that foretells.
        tokens: of the vocabulary.

    Returns:
        (layers, tokens).
    """
    import torch

    norm, head = thinker.model.language_model.norm, thinker.lm_head
    states = torch.stack([state.to(norm.weight.device) for state in hidden])
    logits = head(norm(states).to(head.weight.device)).float()
    found: NDArray[np.float32] = logits.log_softmax(-1)[:, list(tokens)].cpu().numpy()
    return found
