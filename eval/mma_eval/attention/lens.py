"""The logit lens: what each layer would say if it were the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mma_eval.attention.decoder import norm_and_head

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

    Raises:
        ModelError: the thinker has no norm or head of the known kind.
    """
    import torch

    norm, head = norm_and_head(thinker)
    # Layers may be on several devices. Where the weights of norm and head are is theirs to know: while they are
    # offloaded they say "meta", and are brought in when the modules are called, as in the model's own pass.
    states = torch.stack([state.to(hidden[-1].device) for state in hidden])
    logits = head(norm(states)).float()
    found: NDArray[np.float32] = logits.log_softmax(-1)[:, list(tokens)].cpu().numpy()
    return found
