"""Canvas for scenes: anti-aliased shapes in a coordinate frame that can be moved, rotated and scaled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mma_bench.sources.synthetic.look import Colour, Ink, Paint, Palette

Points = NDArray[np.float64]
"""(N, 2) coordinates; x points right and y points down."""

SUPERSAMPLING = 3


@dataclass(frozen=True)
class Canvas:
    """An image to draw on, with a coordinate frame whose y axis points down.

    The frame of the whole image has its origin in the centre and reaches from -1 to 1 on both axes. `moved`,
    `turned` and `stretched` return a canvas on the same image with another frame, for example centred on a wheel.
    """

    pen: ImageDraw.ImageDraw
    glaze: ImageDraw.ImageDraw
    axes: Points
    origin: Points
    palette: Palette

    @classmethod
    def over(cls, image: Image.Image, palette: Palette) -> Canvas:
        """Create a canvas that draws on `image` in place with the colours of `palette`."""
        half = image.width / 2
        # Blending takes three times as long as painting, so opaque shapes use a separate pen.
        pen, glaze = ImageDraw.Draw(image, "RGB"), ImageDraw.Draw(image, "RGBA")
        return cls(pen, glaze, np.eye(2) * half, np.array([half, half]), palette)

    @cached_property
    def scale(self) -> float:
        """Pixels per unit, averaged over both axes."""
        (a, b), (c, d) = self.axes.tolist()
        return float(abs(a * d - b * c) ** 0.5)

    def moved(self, x: float, y: float, *, scale: float = 1.0, turn: float = 0.0, mirror: bool = False) -> Canvas:
        """Return a canvas whose frame is moved to (x, y), scaled, turned clockwise by `turn` radians and mirrored."""
        cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
        local = np.array([[cos, sin], [-sin, cos]])
        if mirror:
            local = np.array([[-1.0, 0.0], [0.0, 1.0]]) @ local
        return replace(self, axes=local @ self.axes, origin=self.origin + np.array([x, y]) @ self.axes)

    def turned(self, turn: float, x: float = 0.0, y: float = 0.0) -> Canvas:
        """Return a canvas whose frame is rotated clockwise by `turn` radians about (x, y)."""
        about = self.moved(x, y, turn=turn)
        return about.moved(-x, -y)

    def stretched(self, across: float, down: float) -> Canvas:
        """Return a canvas whose frame is scaled by `across` in x and by `down` in y."""
        return replace(self, axes=np.diag([across, down]) @ self.axes)

    def shape(self, points: Points, fill: Paint, *, outline: float = 0.03, alpha: float = 1.0) -> None:
        """Fill a closed polygon and draw its edge with the width `outline`; 0 draws no edge."""
        flat = self._flat(points)
        if alpha < 1:
            self.glaze.polygon(flat, fill=self._glazed(fill, alpha))
        else:
            self.pen.polygon(flat, fill=self._colour(fill))
        if outline:
            self.pen.line(flat + flat[:4], fill=self.palette.edge, width=self._width(outline))

    def ellipse(
        self, x: float, y: float, across: float, down: float, fill: Paint, *, outline: float = 0.03, alpha: float = 1.0
    ) -> None:
        """Fill an ellipse around (x, y) with radii `across` and `down`."""
        self.shape(circle() * (across, down) + np.array((x, y)), fill, outline=outline, alpha=alpha)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Paint, *, outline: float = 0.03) -> None:
        """Fill a rectangle."""
        self.shape(path((left, top), (right, top), (right, bottom), (left, bottom)), fill, outline=outline)

    def stroke(self, points: Points, width: float, colour: Paint = "edge", *, alpha: float = 1.0) -> None:
        """Draw a polyline with round caps and joins."""
        flat, pixels = self._flat(points), self._width(width)
        if alpha < 1:
            # Round joins would show as darker dots where they overlap the line.
            self.glaze.line(flat, fill=self._glazed(colour, alpha), width=pixels)
            return
        paint, radius = self._colour(colour), pixels / 2
        self.pen.line(flat, fill=paint, width=pixels)
        if pixels > 4:
            for x, y in zip(flat[::2], flat[1::2], strict=True):
                self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=paint)

    def limb(self, points: Points, width: float, fill: Ink, *, outline: float = 0.03) -> None:
        """Draw a thick outlined line, for example as a leg, a tail or a handle."""
        self.stroke(points, width + 2 * outline)
        self.stroke(points, width, fill)

    def _flat(self, points: Points) -> list[float]:
        return (points @ self.axes + self.origin).ravel().tolist()

    def _colour(self, colour: Paint) -> Colour:
        return getattr(self.palette, colour) if isinstance(colour, str) else colour

    def _glazed(self, colour: Paint, alpha: float) -> tuple[int, int, int, int]:
        return (*self._colour(colour), round(255 * max(0.0, min(1.0, alpha))))

    def _width(self, width: float) -> int:
        return max(1, round(width * self.scale))


def path(*corners: tuple[float, float]) -> Points:
    """Return the corners as (N, 2) points."""
    return np.array(corners, dtype=float)


def curve(*controls: tuple[float, float], closed: bool = True, steps: int = 6) -> Points:
    """Interpolate a smooth line through control points (Catmull-Rom), with `steps` points per control point."""
    points = path(*controls)
    ends = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    padded = np.concatenate([ends[0], points, ends[1]])[:, None, :]
    before, start, after, beyond = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(steps) / steps)[None, :, None]
    squared, cubed = 2 * before - 5 * start + 4 * after - beyond, 3 * start - before - 3 * after + beyond
    line = 0.5 * (2 * start + (after - before) * t + squared * t**2 + cubed * t**3)
    return line.reshape(-1, 2) if closed else np.concatenate([line.reshape(-1, 2), points[-1:]])


def arc(x: float, y: float, radius: float, start: float, end: float) -> Points:
    """Return points on a circle around (x, y) from angle `start` to `end`, in radians clockwise from the x axis."""
    angles = np.linspace(start, end, 20)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


@cache
def circle(points: int = 40) -> Points:
    """Return `points` evenly spaced points on the unit circle."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)
