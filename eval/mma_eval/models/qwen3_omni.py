"""Qwen3-Omni."""

from __future__ import annotations

from typing import Any

from mma_eval.models.omni import OmniModel


class Qwen3Omni(OmniModel):
    """`Qwen/Qwen3-Omni-30B-A3B-Instruct` and others of model type qwen3_omni_moe."""

    family = "qwen3_omni_moe"
    default_fps = 2.0
    default_pixels = (128 * 32 * 32, 768 * 32 * 32)

    @classmethod
    def classes(cls) -> tuple[Any, Any]:
        """Thinker and processor."""
        from transformers import Qwen3OmniMoeProcessor, Qwen3OmniMoeThinkerForConditionalGeneration

        return Qwen3OmniMoeThinkerForConditionalGeneration, Qwen3OmniMoeProcessor
