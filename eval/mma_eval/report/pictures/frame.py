"""The frame of a panel: scales, ticks, names of the axes, legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

WIDTH = 400
"""Of a panel, in pixels: as wide as a phone."""
LETTER = 6.6
"""About the width of a letter, in pixels."""
LINE = 18


@dataclass(frozen=True)
class Frame:
    """Where a panel draws, and what its numbers are."""

    top: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    left: float = 46
    right: float = WIDTH - 10

    def x(self, value: float) -> float:
        """From a number to a place."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """From a number to a place."""
        low, high = self.y_range
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two: multiples of 1, 2 or 5 times a power of ten.

    >>> ticks(-0.31, 1.2), ticks(1, 28)
    ([0.0, 0.5, 1.0], [5.0, 10.0, 15.0, 20.0, 25.0])
    """
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * k for k in (1, 2, 5, 10) if (high - low) / (power * k) <= most)
    return [round(k * step, 10) + 0.0 for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def whole_ticks(count: int) -> list[int]:
    """Numbers of layers or heads, counted from 1, with the first and the last.

    >>> whole_ticks(4), whole_ticks(28)
    ([1, 2, 3, 4], [1, 5, 10, 15, 20, 25, 28])
    """
    if count <= 10:
        return list(range(1, count + 1))
    round_numbers = [int(t) for t in ticks(1, count)]
    step = round_numbers[1] - round_numbers[0]
    return [1, *(k for k in round_numbers if k > 1 and count - k > 0.45 * step), count]


def axes(frame: Frame, x_ticks: Sequence[float], x_name: str) -> str:
    """Lines and numbers of both axes, and the horizontal one's name."""
    parts = []
    for value in ticks(*frame.y_range):
        y = frame.y(value)
        strong = 0.55 if value == 0 else 0.15
        parts.append(_rule(frame.left, y, frame.right, y, strong))
        parts.append(text(frame.left - 6, y + 4, f"{value:g}".replace("-", "−"), anchor="end", faint=True))
    for value in x_ticks:
        parts.append(_rule(frame.x(value), frame.bottom, frame.x(value), frame.bottom + 4, 0.55))
        parts.append(text(frame.x(value), frame.bottom + 17, f"{value:g}", anchor="middle", faint=True))
    parts.append(text((frame.left + frame.right) / 2, frame.bottom + 34, x_name, anchor="middle", faint=True))
    return "".join(parts)


def legend(entries: Sequence[tuple[str, str]], top: float, width: float = WIDTH) -> tuple[str, float]:
    """Names beside their signs, in as many lines as they need.

    Args:
        entries: SVG of a sign 26 pixels wide, drawn around (0, 0) to (26, 0), and its name.
        top: where to begin.
        width: of the panel.

    Returns:
        The SVG and its height.
    """
    parts, left, down = [], 4.0, 0.0
    for sign, name in entries:
        lines = wrap(name, int((width - 40) / LETTER)) or [""]
        wide = 32 + max(map(len, lines)) * LETTER + 14
        if left > 4 and left + wide > width + 14:
            left, down = 4.0, down + LINE
        parts.append(f'<g transform="translate({left:.0f} {top + down + 8:.0f})">{sign}</g>')
        parts += [text(left + 32, top + down + LINE * k + 12, line) for k, line in enumerate(lines)]
        left, down = left + wide, down + LINE * (len(lines) - 1)
    return "".join(parts), down + LINE


def text(x: float, y: float, words: str, *, anchor: str = "start", faint: bool = False) -> str:
    """Words in the page's ink."""
    opacity = ' fill-opacity="0.75"' if faint else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor"{opacity}>{escape(words)}</text>'


def drawing(body: str, height: float, said: str, width: float = WIDTH) -> str:
    """A whole SVG.

    Args:
        body: what is in it.
        height: in pixels.
        said: to those who cannot see it.
        width: in pixels.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(said)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" font-family="system-ui, sans-serif" '
        f'font-size="13">{body}</svg>'
    )


def _rule(x1: float, y1: float, x2: float, y2: float, opacity: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'stroke-opacity="{opacity}"/>'
    )
