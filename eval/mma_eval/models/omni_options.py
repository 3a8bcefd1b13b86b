"""Options of an Omni model, and the sampling of clips that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class OmniOptions:
    """Options of an Omni model; None takes the checkpoint's own value or the family's default."""

    revision: str | None = None
    """Branch, tag or commit on the Hub."""
    adapter: str | None = None
    """Folder or Hub id of LoRA weights."""
    dtype: str | None = None
    """float32, bfloat16 or float16; by default the checkpoint's on a GPU, float32 on a CPU."""
    device_map: str | None = None
    """Device map of transformers; by default all GPUs, or the CPU where there is none."""
    attention: str | None = None
    """Attention implementation of transformers: sdpa, eager, flash_attention_2."""
    fps: float | None = None
    """Frames per second."""
    min_pixels: int | None = None
    """Pixels of a frame; smaller frames are enlarged."""
    max_pixels: int | None = None
    """Pixels of a frame; larger frames are reduced."""
    system_prompt: str | None = None
    """By default none; the chat template may then insert its own."""
    max_new_tokens: int | None = None
    """Most tokens of an answer; by default 64, and 1024 for chain of thought."""


@dataclass(frozen=True)
class Sampling:
    """Frame rate and frame size that clips are decoded with."""

    fps: float
    """Frames per second."""
    size: tuple[int, int] | None
    """(height, width) of every frame, where the checkpoint was made for one size."""
    min_pixels: int | None
    max_pixels: int | None


def sampling_of(
    options: OmniOptions, own: Mapping[str, float] | None, default_fps: float, default_pixels: tuple[int, int]
) -> Sampling:
    """Choose the sampling of clips: the user's, else the checkpoint's, else the family's.

    Args:
        options: the user's options.
        own: fps, height and width that the checkpoint was made for, where its config has them.
        default_fps: frames per second of the family's preprocessing.
        default_pixels: least and most pixels of a frame in the family's preprocessing.
    """
    least, most = default_pixels
    size = None if own is None or options.max_pixels else (int(own["height"]), int(own["width"]))
    return Sampling(
        fps=options.fps or (own["fps"] if own else default_fps),
        size=size,
        min_pixels=None if size else min(options.min_pixels or least, options.max_pixels or most),
        max_pixels=None if size else options.max_pixels or most,
    )
