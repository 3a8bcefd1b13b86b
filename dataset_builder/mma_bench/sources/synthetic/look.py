"""How one clip's subject differs from another of its class: colours, proportions, place and drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas
from mma_bench.sources.synthetic.palette import Palette, draw_palette


@dataclass(frozen=True)
class Look:
    """The palette, eight proportions from 0 to 1, and where the subject stands and drifts."""

    palette: Palette
    traits: tuple[float, ...]
    x: float
    y: float
    scale: float
    turn: float
    mirror: bool
    drift: tuple[float, float, float]

    def vary(self, trait: int, low: float, high: float) -> float:
        """One proportion of this clip, between `low` and `high`."""
        return low + (high - low) * self.traits[trait]

    def place(self, canvas: Canvas, time: float) -> Canvas:
        """The subject's own frame at `time` in seconds; it reaches from about -1 to 1."""
        across, down, tempo = self.drift
        swing = 2 * np.pi * tempo * time
        return canvas.moved(
            self.x + across * np.sin(swing),
            self.y + down * np.cos(1.3 * swing),
            scale=self.scale * (1 + 0.5 * down * np.sin(0.7 * swing)),
            turn=self.turn,
            mirror=self.mirror,
        )


def draw_look(rng: np.random.Generator) -> Look:
    """A random look, of any class; the larger the subject, the nearer to the middle, so that it is not cut off."""
    scale = rng.uniform(0.6, 0.86)
    room = 0.48 * (1 - scale)
    return Look(
        palette=draw_palette(rng),
        traits=tuple(rng.random(8).tolist()),
        x=rng.uniform(-room, room),
        y=rng.uniform(-0.7, 0.7) * room,
        scale=scale,
        turn=rng.uniform(-0.1, 0.1),
        mirror=bool(rng.random() < 0.5),
        drift=(rng.uniform(0, 0.05), rng.uniform(0, 0.05), rng.uniform(0.05, 0.15)),
    )
