"""Draw estimates by layer or head with their intervals: curves with bands, or points with whiskers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np

from mma_eval.attention.by_clip import BootstrapEstimate
from mma_eval.report.pictures.charts import LINE, Frame, axes, drawing, legend, text, whole_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PLOT_HEIGHT = 190
_FEW = 12
"""Curves with at most this many points get a dot at each one."""


@dataclass(frozen=True)
class Line:
    """Estimates by layer or head, drawn as a curve or as points, or a single layer, drawn as a mark."""

    name: str
    numbers: BootstrapEstimate
    colour: str
    dashed: bool = False


def panel(
    lines: Sequence[Line],
    description: str,
    *,
    y_name: str,
    by: Literal["layer", "head"] = "layer",
    marks: Sequence[Line] = (),
    include: Sequence[float] = (),
) -> str:
    """Draw curves by layer, or unconnected points by head, since heads have no order; both count from 1.

    Pointers above the curves show the layers in `marks`; the vertical axis always includes the values in `include`.
    """
    curves = by == "layer"
    stroke = '<line x1="0" y1="0" x2="26" y2="0" {}/>' if curves else ""
    symbols = [(stroke.format(_stroke(line)) + _dot(13, 0, line), line.name) for line in lines]
    named, height = legend([*symbols, *((_pointer(13, 0, mark.colour), mark.name) for mark in marks)], 4)
    top = height + 34 + LINE * len(marks)
    count = len(lines[0].numbers.value)
    edge = 0.6 if by == "head" else 0.04 * max(count - 1, 1)
    numbers = np.concatenate([np.ravel([of.numbers.value, of.numbers.low, of.numbers.high]) for of in lines])
    finite = [*numbers[np.isfinite(numbers)].tolist(), *include] or [0.0, 1.0]
    beyond = 0.06 * (max(finite) - min(finite)) or 0.5
    y_range = min(finite) - beyond, max(finite) + beyond
    frame = Frame(top, top + _PLOT_HEIGHT, (1 - edge, count + edge), y_range)
    body = [named, axes(frame, whole_ticks(count), by), text(4, height + 16, y_name, faint=True)]
    for number, line in enumerate(lines):
        body += _curve(frame, line) if curves else _points(frame, line, (number + 0.5) / len(lines) - 0.5)
    body += [_marked(frame, mark, top - LINE * (len(marks) - k) + 8) for k, mark in enumerate(marks)]
    return drawing("".join(body), frame.bottom + 42, description)


def _curve(frame: Frame, line: Line) -> list[str]:
    value, low, high = line.numbers.value, line.numbers.low, line.numbers.high
    parts = []
    for run in _runs(np.isfinite(low) & np.isfinite(high)):
        edge = [*(_place(frame, k, high[k]) for k in run), *(_place(frame, k, low[k]) for k in reversed(run))]
        parts.append(f'<polygon points="{" ".join(edge)}" fill="{line.colour}" fill-opacity="0.16"/>')
    for run in _runs(np.isfinite(value)):
        places = " ".join(_place(frame, k, value[k]) for k in run)
        parts.append(f'<polyline points="{places}" fill="none" {_stroke(line)}/>')
        if len(value) <= _FEW or len(run) == 1:
            parts += [_dot(frame.x(k + 1), frame.y(value[k]), line) for k in run]
    return parts


def _points(frame: Frame, line: Line, aside: float) -> list[str]:
    parts = []
    for k, value in enumerate(line.numbers.value):
        if not isfinite(value):
            continue
        x = frame.x(k + 1 + 0.6 * aside)
        low, high = float(line.numbers.low[k]), float(line.numbers.high[k])
        if isfinite(low) and isfinite(high):
            parts.append(_segment(x, frame.y(low), x, frame.y(high), line, 'stroke-width="1.8" stroke-opacity="0.75"'))
        parts.append(_dot(x, frame.y(value), line))
    return parts


def _marked(frame: Frame, mark: Line, y: float) -> str:
    value, low, high = (float(number) for number in (mark.numbers.value, mark.numbers.low, mark.numbers.high))
    x, whisker = frame.x(value), ""
    if isfinite(low) and isfinite(high):
        whisker = _segment(frame.x(low), y, frame.x(high), y, mark, 'stroke-width="2"')
    down = _segment(x, y, x, frame.bottom, mark, 'stroke-opacity="0.45" stroke-dasharray="2 4"')
    return down + whisker + _pointer(x, y, mark.colour)


def _segment(x1: float, y1: float, x2: float, y2: float, line: Line, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{line.colour}" {style}/>'


def _stroke(line: Line) -> str:
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    return f'stroke="{line.colour}" stroke-width="2.2" stroke-linejoin="round"{dash}'


def _dot(x: float, y: float, line: Line) -> str:
    """Draw a circle, or a diamond for dashed lines."""
    if line.dashed:
        return (
            f'<rect x="{x - 3.2:.1f}" y="{y - 3.2:.1f}" width="6.4" height="6.4" fill="{line.colour}" '
            f'transform="rotate(45 {x:.1f} {y:.1f})"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{line.colour}"/>'


def _pointer(x: float, y: float, colour: str) -> str:
    return f'<path d="M{x - 6:.1f} {y - 6:.1f}h12l-6 10z" fill="{colour}"/>'


def _place(frame: Frame, k: int, value: float) -> str:
    return f"{frame.x(k + 1):.1f},{frame.y(value):.1f}"


def _runs(present: NDArray[np.bool_]) -> list[list[int]]:
    """Group the indices of consecutive True values."""
    found: list[list[int]] = [[]]
    for k, has in enumerate(present.tolist()):
        if has:
            found[-1].append(k)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]
