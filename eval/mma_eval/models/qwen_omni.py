"""Qwen Omni model families: transformers classes and default frame sizes."""

from mma_eval.models.omni import OmniModel


class Qwen2_5Omni(OmniModel):  # noqa: N801  (as the family is written)
    """Models of type qwen2_5_omni, such as `Qwen/Qwen2.5-Omni-7B` and tiny-omni."""

    family = "qwen2_5_omni"
    class_names = ("Qwen2_5OmniThinkerForConditionalGeneration", "Qwen2_5OmniProcessor")
    default_pixels = (128 * 28 * 28, 768 * 28 * 28)


class Qwen3Omni(OmniModel):
    """Models of type qwen3_omni_moe, such as `Qwen/Qwen3-Omni-30B-A3B-Instruct`."""

    family = "qwen3_omni_moe"
    class_names = ("Qwen3OmniMoeThinkerForConditionalGeneration", "Qwen3OmniMoeProcessor")
    default_pixels = (128 * 32 * 32, 768 * 32 * 32)
