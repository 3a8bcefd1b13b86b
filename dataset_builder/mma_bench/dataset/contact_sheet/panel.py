"""What one panel of a contact sheet says and shows, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """A piece of text in one style."""

    text: str
    changed: bool = False
    """Whether a condition added it."""
    faint: bool = False


@dataclass(frozen=True)
class Block:
    """What stands beside the picture, the sound or the text."""

    label: str
    value: str
    note: str = ""
    changed: bool = False
    """Whether a condition changed it; that is what gets the panel's colour."""


@dataclass(frozen=True)
class Panel:
    """One card: a heading, the picture, the sound, the text."""

    heading: str
    meaning: str
    tag: str
    """Stands at the right of the heading: which row of which split."""
    accent: str
    picture: Block
    sound: Block
    text: Block
    lines: tuple[tuple[str, tuple[Run, ...]], ...]
    """Title and content of each paragraph beside `text`."""
    frames: NDArray[np.uint8]
    """(T, H, W, 3) RGB, each from the middle of its T-th part of the picture."""
    picture_seconds: float
    samples: NDArray[np.float32] | None
    """(N,) at 16 kHz; None where there is no sound stream."""

    @property
    def seconds(self) -> float:
        """Length of the time axis."""
        from mma_bench.media.sound import SAMPLE_RATE

        heard = 0.0 if self.samples is None else self.samples.size / SAMPLE_RATE
        # A packet more of sound than of picture is usual and not worth a gap.
        return max(self.picture_seconds, heard if heard > self.picture_seconds + 0.15 else 0.0)

    @property
    def is_black(self) -> bool:
        """Whether nothing is seen, whatever the row says. 16 is black in limited range."""
        return int(self.frames.max()) <= 16

    @property
    def is_silent(self) -> bool:
        """Whether nothing is heard, whatever the row says; encoded silence may round to one step of 16 bits."""
        return self.samples is None or float(np.abs(self.samples).max(initial=0.0)) <= 2 / 32768
