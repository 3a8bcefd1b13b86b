"""Which modality each token of a prompt belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mma_eval.attention.record import MODALITIES
from mma_eval.model import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUTS: Mapping[str, Mapping[str, str]] = {
    "qwen2_5_omni_thinker": {"video": "video_token_id", "audio": "audio_token_id"},
    "qwen3_omni_moe_thinker": {"video": "video_token_id", "audio": "audio_token_id"},
}
"""By `model_type` of a thinker's config: where the config names the token that stands for a modality's embeddings."""
_TEXT = MODALITIES.index("text")


def placeholders(config: Any) -> dict[int, int]:
    """The tokens that stand for media, with their modality as an index into `MODALITIES`.

    Args:
        config: of the thinker.

    Raises:
        ModelError: it is not known how this kind of model lays its tokens out.
    """
    found = LAYOUTS.get(config.model_type)
    if found is None:
        raise ModelError(
            f"model type {config.model_type!r}: it is not known which of its tokens are video and which are audio, so "
            f"its attention cannot be told apart; known are {', '.join(sorted(LAYOUTS))}. Add its layout to "
            "mma_eval.attention.layout.LAYOUTS"
        )
    return {int(getattr(config, name)): MODALITIES.index(modality) for modality, name in found.items()}


def modalities_of(ids: NDArray[np.int64], config: Any) -> NDArray[np.int8]:
    """Each token's modality, an index into `MODALITIES`.

    Both families interleave the tokens of a video and its sound in chunks of time. One that stands for an embedding of
    the vision or the audio tower is video or audio; everything else is text, also the marks around media, such as
    <|vision_bos|> and <|audio_eos|>, and the chat template's.

    Args:
        ids: (T,), of a prompt whose media are already as many tokens as they have embeddings.
        config: of the thinker.

    Returns:
        (T,).

    Raises:
        ModelError: as `placeholders`.
    """
    found = np.full(ids.shape, _TEXT, dtype=np.int8)
    for token, modality in placeholders(config).items():
        found[ids == token] = modality
    return found
