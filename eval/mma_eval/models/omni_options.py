"""How an Omni model is loaded and asked, and what of a clip it takes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OmniOptions:
    """How an Omni model is loaded and asked; None takes the model's own or the family's default."""

    revision: str | None = None
    adapter: str | None = None
    """A folder or Hub id of LoRA weights."""
    dtype: str | None = None
    """float32, bfloat16 or float16; by default the checkpoint's on a GPU, float32 on a CPU."""
    device_map: str | None = None
    """As in transformers; by default all GPUs, or the CPU where there is none."""
    attention: str | None = None
    """Attention implementation, as in transformers: sdpa, eager, flash_attention_2."""
    fps: float | None = None
    min_pixels: int | None = None
    """Of a frame; smaller ones are enlarged."""
    max_pixels: int | None = None
    """Of a frame; larger ones are reduced."""
    system_prompt: str | None = None
    """By default none is given; the chat template may then put its own."""
    max_new_tokens: int | None = None
    """By default 64, and 1024 for chain of thought."""


@dataclass(frozen=True)
class Sampling:
    """How a clip is sampled and sized."""

    fps: float
    size: tuple[int, int] | None
    """(height, width) of every frame, where the checkpoint was made for one."""
    min_pixels: int | None
    max_pixels: int | None


def sampling_of(
    options: OmniOptions, own: Mapping[str, Any] | None, default_fps: float, default_pixels: tuple[int, int]
) -> Sampling:
    """How clips are sampled: as was asked for, else as the checkpoint says, else as its family does.

    Args:
        options: what was asked for.
        own: fps, height and width that the checkpoint was made for, if it says so.
        default_fps: the family's.
        default_pixels: least and most pixels of a frame, of the family's own preprocessing.
    """
    least, most = default_pixels
    size = None if own is None or options.max_pixels else (int(own["height"]), int(own["width"]))
    return Sampling(
        fps=options.fps or (own["fps"] if own else default_fps),
        size=size,
        min_pixels=None if size else min(options.min_pixels or least, options.max_pixels or most),
        max_pixels=None if size else options.max_pixels or most,
    )
