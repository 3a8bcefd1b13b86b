"""Qwen2.5-Omni, and everything of its architecture, tiny-omni included."""

from __future__ import annotations

from typing import Any

from mma_eval.models.omni import OmniModel


class Qwen2_5Omni(OmniModel):  # noqa: N801  (as the family is written)
    """`Qwen/Qwen2.5-Omni-7B` and others of model type qwen2_5_omni."""

    family = "qwen2_5_omni"
    default_fps = 2.0
    default_pixels = (128 * 28 * 28, 768 * 28 * 28)

    @classmethod
    def classes(cls) -> tuple[Any, Any]:
        """Thinker and processor."""
        from transformers import Qwen2_5OmniProcessor, Qwen2_5OmniThinkerForConditionalGeneration

        return Qwen2_5OmniThinkerForConditionalGeneration, Qwen2_5OmniProcessor
