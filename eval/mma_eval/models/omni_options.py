"""Options of an Omni model, and the frame sampling derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class OmniOptions:
    """Options of an Omni model; None selects the checkpoint's value or the family's default."""

    revision: str | None = None
    """Branch, tag or commit on the Hub."""
    adapter: str | None = None
    """Folder or Hub id of LoRA weights."""
    dtype: str | None = None
    """float32, bfloat16 or float16; by default the checkpoint's on a GPU, float32 on a CPU."""
    device_map: str | None = None
    """Device map of transformers; by default all GPUs, or the CPU without GPUs."""
    attention: str | None = None
    """Attention implementation of transformers: sdpa, eager, flash_attention_2."""
    fps: float | None = None
    """Frames per second."""
    min_pixels: int | None = None
    """Minimum pixels per frame; smaller frames are enlarged."""
    max_pixels: int | None = None
    """Maximum pixels per frame; larger frames are reduced."""
    system_prompt: str | None = None
    """System prompt; by default none, and the chat template may insert its own."""
    max_new_tokens: int | None = None
    """Maximum answer tokens; by default 64, and 1024 for chain of thought."""


@dataclass(frozen=True)
class Sampling:
    """Frame rate and frame size for decoding clips."""

    fps: float
    """Frames per second."""
    size: tuple[int, int] | None
    """(height, width) of every frame, if the checkpoint requires a fixed size."""
    min_pixels: int | None
    max_pixels: int | None


def sampling_of(
    options: OmniOptions, own: Mapping[str, float] | None, default_fps: float, default_pixels: tuple[int, int]
) -> Sampling:
    """Choose the frame sampling from the user's options, else the checkpoint, else the family's defaults.

    Args:
        options: the user's options.
        own: fps, height and width from the checkpoint's config, if present.
        default_fps: frames per second of the family's preprocessing.
        default_pixels: minimum and maximum pixels per frame in the family's preprocessing.
    """
    least, most = default_pixels
    size = None if own is None or options.max_pixels else (int(own["height"]), int(own["width"]))
    return Sampling(
        fps=options.fps or (own["fps"] if own else default_fps),
        size=size,
        min_pixels=None if size else min(options.min_pixels or least, options.max_pixels or most),
        max_pixels=None if size else options.max_pixels or most,
    )
