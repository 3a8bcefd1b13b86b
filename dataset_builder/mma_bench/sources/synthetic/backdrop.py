"""Drifting painted backgrounds, drawn independently of the class."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from mma_bench.sources.synthetic.canvas import Canvas, arc, circle, curve, path
from mma_bench.sources.synthetic.look import Colour, Palette

Inks = tuple[Colour, ...]

_MARGIN = 0.12
"""Width of the painted sheet beyond each side of the frame, as a share of the frame, so that the sheet can drift."""


def paint_backdrop(rng: np.random.Generator, palette: Palette, size: int) -> Callable[[float], Image.Image]:
    """Paint a drifting backdrop with distractor shapes.

    Returns:
        A function of the time in seconds that returns the visible part as a new RGB image of `size` x `size` pixels.
    """
    width = round(size * (1 + 2 * _MARGIN))
    sheet = Image.new("RGB", (width, width), palette.backdrop[0])
    canvas = Canvas.over(sheet, replace(palette, edge=palette.backdrop[2]))
    _KINDS[rng.integers(len(_KINDS))](canvas, palette.backdrop, rng)
    _scatter(canvas, palette.backdrop, rng)
    # From nearly still to lively, so that the amount of motion reveals little about the class.
    tempo = np.exp(rng.uniform(np.log(0.2), np.log(2.2)))
    across, down, phase = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0, 6)

    def at(time: float) -> Image.Image:
        reach = (width - size) / 2
        left = round(reach * (1 + across * np.sin(phase + tempo * time)))
        top = round(reach * (1 + down * np.cos(phase + 0.8 * tempo * time)))
        return sheet.crop((left, top, left + size, top + size))

    return at


def _gradient(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    turned = canvas.turned(rng.uniform(0, 2 * np.pi))
    start, end = np.array(inks[1], float), np.array(inks[2], float)
    for i, share in enumerate(np.linspace(0, 1, 48)):
        red, green, blue = (int(value) for value in start + (end - start) * share)
        turned.box(-1.5, -1.5 + 3 * i / 48, 1.5, 1.6, (red, green, blue), outline=0)


def _stripes(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    turned, width = canvas.turned(rng.uniform(0, np.pi)), rng.uniform(0.1, 0.4)
    for i, low in enumerate(np.arange(-1.5, 1.5, width)):
        turned.box(-1.5, low, 1.5, low + width, inks[1 + i % 2], outline=0)


def _checks(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    turned, width = canvas.turned(rng.uniform(0, np.pi)), rng.uniform(0.2, 0.5)
    for i, low in enumerate(np.arange(-1.5, 1.5, width)):
        for j, left in enumerate(np.arange(-1.5, 1.5, width)):
            if (i + j) % 2:
                turned.box(left, low, left + width, low + width, inks[1], outline=0)


def _blobs(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    for i in range(rng.integers(10, 30)):
        wobble = circle(10) * rng.uniform(0.6, 1.2, (10, 1)) * rng.uniform(0.1, 0.45)
        around = curve(*((x, y) for x, y in wobble.tolist()))
        canvas.shape(around + rng.uniform(-1.1, 1.1, 2), inks[1 + i % 3], outline=0)


def _hills(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    sun = rng.uniform(0.1, 0.25)
    canvas.ellipse(rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.0), sun, sun, inks[3], outline=0)
    for layer, ink in enumerate((inks[1], inks[3], inks[2])):
        xs = np.linspace(-1.2, 1.2, 40)
        ridge = 0.1 + 0.3 * layer + rng.uniform(0.05, 0.25) * np.sin(xs * rng.uniform(1, 6) + rng.uniform(0, 6))
        canvas.shape(np.concatenate([np.stack([xs, ridge], 1), path((1.2, 1.3), (-1.2, 1.3))]), ink, outline=0)


def _skyline(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    left = -1.1
    while left < 1.1:
        width, top = rng.uniform(0.12, 0.4), rng.uniform(-0.7, 0.5)
        canvas.box(left, top, left + width, 1.2, inks[rng.integers(1, 4)], outline=0)
        left += width * rng.uniform(0.8, 1.2)


def _room(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    floor = rng.uniform(0.2, 0.8)
    canvas.box(-1.2, floor, 1.2, 1.2, inks[2], outline=0)
    canvas.box(-1.2, floor - 0.06, 1.2, floor, inks[1], outline=0)
    for left in np.arange(-1.2, 1.2, rng.uniform(0.15, 0.5)):
        canvas.stroke(path((left, -1.2), (left, floor - 0.06)), 0.02, inks[3])


def _rays(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    count, x, y = int(rng.integers(5, 12)), rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8)
    for angle in np.arange(count) * 2 * np.pi / count:
        canvas.shape(np.concatenate([path((x, y)), arc(x, y, 3.5, angle, angle + np.pi / count)]), inks[1], outline=0)


_KINDS: tuple[Callable[[Canvas, Inks, np.random.Generator], None], ...] = (
    _gradient,
    _stripes,
    _checks,
    _blobs,
    _hills,
    _skyline,
    _room,
    _rays,
)


def _scatter(canvas: Canvas, inks: Inks, rng: np.random.Generator) -> None:
    """Draw distractors: rings, discs, triangles and squares that belong to no class."""
    for _ in range(rng.integers(0, 9)):
        spot = canvas.moved(*rng.uniform(-1.1, 1.1, 2), scale=rng.uniform(0.06, 0.2), turn=rng.uniform(0, 6))
        ink, corners = inks[rng.integers(1, 4)], int(rng.integers(2, 6))
        if corners == 2:
            spot.stroke(arc(0, 0, 1, 0, 2 * np.pi), 0.35, ink)
        else:
            spot.shape(circle(corners if corners < 5 else 24), ink, outline=0)
