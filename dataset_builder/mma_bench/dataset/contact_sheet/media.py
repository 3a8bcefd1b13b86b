"""The frames and the sound that a panel shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mma_bench.dataset.contact_sheet.theme import (
    FRAME_GAP,
    FRAME_HEIGHTS,
    FRAMES,
    LABELS,
    MARGIN,
    PADDING,
    SCALE,
    WIDTH,
)
from mma_bench.media.container import Source
from mma_bench.media.frames import sample_frames
from mma_bench.media.probe import MediaInfo, probe
from mma_bench.media.sound import read_sound

STRIP_WIDTH = WIDTH - 2 * (MARGIN + PADDING) - LABELS - SCALE
"""Pixels between the start and the end of a clip."""


@dataclass(frozen=True)
class PanelMedia:
    """What was read of a clip."""

    info: MediaInfo
    frames: NDArray[np.uint8]
    """(`FRAMES`, H, W, 3) RGB, upright, as large as they are drawn."""
    picture_seconds: float
    samples: NDArray[np.float32] | None
    """(N,) at 16 kHz; None where there is no sound stream."""


def read_media(source: Source) -> PanelMedia:
    """Read what a panel shows of a clip.

    Raises:
        ClipError: it cannot be read, or has no picture.
    """
    info = probe(source)
    seconds = float(info.picture_seconds)
    # Twice as many as are shown: every second one is then from the middle of its part, where it is drawn.
    frames = sample_frames(source, fps=2 * FRAMES / seconds, size=frame_size(info))[1::2]
    samples = None if info.audio_codec is None else read_sound(source)
    return PanelMedia(info, frames, seconds, samples)


def frame_size(info: MediaInfo) -> tuple[int, int]:
    """(height, width) in pixels that fits a frame into its part of the strip."""
    width, height = (info.width, info.height) if info.rotation % 180 == 0 else (info.height, info.width)
    scale = min((STRIP_WIDTH / FRAMES - FRAME_GAP) / width, FRAME_HEIGHTS[1] / height)
    return max(1, round(height * scale)), max(1, round(width * scale))
