"""Colours, proportions, position and drift of a clip, drawn independently of the class so as not to reveal it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Colour = tuple[int, int, int]
"""Red, green and blue in 8-bit sRGB."""
Ink = Literal["body", "second", "third", "accent", "light", "dark", "edge"]
"""Name of a colour of the palette."""
Paint = Colour | Ink


@dataclass(frozen=True)
class Palette:
    """Colours of the subject and of the background.

    `body` stands out from every colour of `backdrop`, and `second` and `third` stand out from `body`, in perceived
    lightness and not in hue alone. `light`, `dark` and `edge` are tinted near-whites and near-blacks.
    """

    body: Colour
    second: Colour
    third: Colour
    accent: Colour
    light: Colour
    dark: Colour
    edge: Colour
    backdrop: tuple[Colour, ...]
    """Four similar colours of the background."""


def draw_palette(rng: np.random.Generator) -> Palette:
    """Draw a random palette: a light subject on a dark background, or a dark subject on a light background."""
    subject_is_light = bool(rng.random() < 0.5)
    behind = rng.uniform(0.2, 0.5) if subject_is_light else rng.uniform(0.68, 0.95)
    body = rng.uniform(0.7, 0.86) if subject_is_light else rng.uniform(0.36, 0.56)
    second = body + (-0.28 if body > 0.6 else 0.3) + rng.uniform(-0.05, 0.05)
    hues = rng.uniform(0, 2 * np.pi, 8)
    return Palette(
        body=_colour(body, rng.uniform(0.05, 0.19), hues[0]),
        second=_colour(second, rng.uniform(0.04, 0.17), hues[1]),
        third=_colour((body + second) / 2 + rng.choice([-0.2, 0.2]), rng.uniform(0.08, 0.2), hues[2]),
        accent=_colour(rng.uniform(0.55, 0.8), 0.2, hues[3]),
        light=_colour(rng.uniform(0.9, 0.99), rng.uniform(0, 0.05), hues[4]),
        dark=_colour(rng.uniform(0.1, 0.24), rng.uniform(0, 0.06), hues[5]),
        edge=_colour(rng.uniform(0.08, 0.2), rng.uniform(0, 0.06), hues[6]),
        backdrop=_backdrop(rng, behind, hues[7]),
    )


def _backdrop(rng: np.random.Generator, lightness: float, hue: float) -> tuple[Colour, ...]:
    spread, chroma = rng.uniform(0.4, 2.0), rng.uniform(0.0, 0.12)
    return tuple(
        _colour(lightness + step + rng.uniform(-0.02, 0.02), chroma * rng.uniform(0.5, 1.3), hue + turn * spread)
        for step, turn in ((0.0, 0.0), (0.06, 1.0), (-0.06, -1.0), (0.02, 2.0))
    )


def _colour(lightness: float, chroma: float, hue: float) -> Colour:
    """Convert OKLCH to sRGB (Ottosson 2020): unlike HSL, equal lightness looks equally light in every hue."""
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    lms = np.array([[1, 0.39633778, 0.21580376], [1, -0.10556135, -0.06385417], [1, -0.08948418, -1.29148555]])
    rgb = np.array(
        [
            [4.07674166, -3.30771159, 0.23096993],
            [-1.26843800, 2.60975740, -0.34131940],
            [-0.00419609, -0.70341861, 1.70761470],
        ]
    )
    linear = np.clip(rgb @ (lms @ np.array([np.clip(lightness, 0, 1), a, b])) ** 3, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.round(255 * encoded).astype(int).tolist()
    return red, green, blue


@dataclass(frozen=True)
class Look:
    """The appearance of a subject: its palette, eight proportions from 0 to 1, its position and its drift."""

    palette: Palette
    traits: tuple[float, ...]
    x: float
    y: float
    scale: float
    turn: float
    mirror: bool
    drift: tuple[float, float, float]

    def vary(self, trait: int, low: float, high: float) -> float:
        """Map the proportion with the index `trait` to a value between `low` and `high`."""
        return low + (high - low) * self.traits[trait]


def draw_look(rng: np.random.Generator) -> Look:
    """Draw a random look, whatever the class. Larger subjects are nearer to the centre, so that they stay in view."""
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
