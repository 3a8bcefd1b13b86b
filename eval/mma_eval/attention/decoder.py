"""Where a thinker has what is looked at: the layers of its decoder, and what follows them."""

from __future__ import annotations

from typing import Any

from mma_eval.model import ModelError


def decoder_layers(thinker: Any) -> list[Any]:
    """The layers of a thinker's language model.

    Raises:
        ModelError: they are not where the known families have them.
    """
    found = getattr(_language_model(thinker), "layers", ())
    if not found or any(not hasattr(layer, "self_attn") for layer in found):
        raise ModelError(
            f"{type(thinker).__name__}: no model.language_model.layers with a self_attn in each; its attention cannot "
            "be read"
        )
    return list(found)


def norm_and_head(thinker: Any) -> tuple[Any, Any]:
    """The norm after a thinker's last layer, and the head that makes logits of what it gives.

    Raises:
        ModelError: they are not where the known families have them.
    """
    norm, head = getattr(_language_model(thinker), "norm", None), getattr(thinker, "lm_head", None)
    if norm is None or head is None:
        raise ModelError(
            f"{type(thinker).__name__}: no {'model.language_model.norm' if norm is None else 'lm_head'}; what its "
            "layers would say cannot be read"
        )
    return norm, head


def _language_model(thinker: Any) -> Any:
    return getattr(getattr(thinker, "model", None), "language_model", None)
