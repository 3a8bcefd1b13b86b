"""Locate a known model's decoder layers, final norm and head, and determine the modality of each prompt token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mma_eval.attention.answers import MODALITIES
from mma_eval.model import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUTS: Mapping[str, Mapping[str, str]] = {
    "qwen2_5_omni_thinker": {"video": "video_token_id", "audio": "audio_token_id"},
    "qwen3_omni_moe_thinker": {"video": "video_token_id", "audio": "audio_token_id"},
}
"""Config fields that hold each modality's placeholder token id, by `model_type` of a thinker's config."""
_TEXT = MODALITIES.index("text")


def placeholders(config: Any) -> dict[int, int]:
    """Map the id of each media placeholder token in a thinker's config to an index into `MODALITIES`.

    Raises:
        ModelError: the model type has no entry in `LAYOUTS`.
    """
    found = LAYOUTS.get(config.model_type)
    if found is None:
        raise ModelError(
            f"model type {config.model_type!r}: its video and audio tokens are unknown, so its attention cannot be "
            f"split by modality; known types are {', '.join(sorted(LAYOUTS))}. Add its layout to "
            "mma_eval.attention.layout.LAYOUTS"
        )
    return {int(getattr(config, name)): MODALITIES.index(modality) for modality, name in found.items()}


def modalities_of(ids: NDArray[np.int64], config: Any) -> NDArray[np.int8]:
    """Return the modality of each token of a prompt, (T,), as indices into `MODALITIES`, given a thinker's config.

    Both families interleave the tokens of a video and its audio in chunks of time. Placeholders of embeddings from
    the vision and the audio encoder are video and audio; everything else is text, including the chat template and the
    markers around media, such as <|vision_bos|> and <|audio_eos|>.

    Raises:
        ModelError: as for `placeholders`.
    """
    found = np.full(ids.shape, _TEXT, dtype=np.int8)
    for token, modality in placeholders(config).items():
        found[ids == token] = modality
    return found


def decoder_layers(thinker: Any) -> list[Any]:
    """Return the layers of a thinker's language model.

    Raises:
        ModelError: the thinker's structure is not that of a known family.
    """
    found = getattr(_language_model(thinker), "layers", ())
    if not found or any(not hasattr(layer, "self_attn") for layer in found):
        raise ModelError(
            f"{type(thinker).__name__}: its attention cannot be read; expected layers with a self_attn in "
            "model.language_model.layers"
        )
    return list(found)


def norm_and_head(thinker: Any) -> tuple[Any, Any]:
    """Return the norm after a thinker's last layer, and the head that turns its output into logits.

    Raises:
        ModelError: the thinker's structure is not that of a known family.
    """
    norm, head = getattr(_language_model(thinker), "norm", None), getattr(thinker, "lm_head", None)
    if norm is None or head is None:
        raise ModelError(
            f"{type(thinker).__name__}: no {'model.language_model.norm' if norm is None else 'lm_head'}; the logit "
            "lens needs both model.language_model.norm and lm_head"
        )
    return norm, head


def _language_model(thinker: Any) -> Any:
    return getattr(getattr(thinker, "model", None), "language_model", None)
