"""Qwen Omni model families: transformers classes and default frame sampling."""

from typing import Any

from mma_eval.models.omni import OmniModel


class Qwen2_5Omni(OmniModel):  # noqa: N801  (as the family is written)
    """Models of type qwen2_5_omni, such as `Qwen/Qwen2.5-Omni-7B` and tiny-omni."""

    family = "qwen2_5_omni"
    default_fps = 2.0
    default_pixels = (128 * 28 * 28, 768 * 28 * 28)

    @classmethod
    def classes(cls) -> tuple[Any, Any]:
        """Return the thinker class and the processor class."""
        from transformers import Qwen2_5OmniProcessor, Qwen2_5OmniThinkerForConditionalGeneration

        return Qwen2_5OmniThinkerForConditionalGeneration, Qwen2_5OmniProcessor


class Qwen3Omni(OmniModel):
    """Models of type qwen3_omni_moe, such as `Qwen/Qwen3-Omni-30B-A3B-Instruct`."""

    family = "qwen3_omni_moe"
    default_fps = 2.0
    default_pixels = (128 * 32 * 32, 768 * 32 * 32)

    @classmethod
    def classes(cls) -> tuple[Any, Any]:
        """Return the thinker class and the processor class."""
        from transformers import Qwen3OmniMoeProcessor, Qwen3OmniMoeThinkerForConditionalGeneration

        return Qwen3OmniMoeThinkerForConditionalGeneration, Qwen3OmniMoeProcessor
