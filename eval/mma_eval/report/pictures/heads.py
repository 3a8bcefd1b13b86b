"""A map of every head of every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mma_eval.report.pictures.frame import WIDTH, drawing, text, whole_ticks
from mma_eval.report.pictures.pixels import heat, image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLOURS = "PuOr_r"
"""Violet below 0, orange above: told apart without red or green."""
_LEFT, _TOP = 40.0, 26.0
_SIDE = 34.0
"""Of a cell, at most."""


def head_map(values: NDArray[np.float64], limit: float, said: str) -> str:
    """Numbers around 0 of each head in each layer.

    Args:
        values: (L, H); nan is grey.
        limit: what the ends of the colours stand for, above and below 0.
        said: to those who cannot see it.
    """
    layers, heads = values.shape
    width = WIDTH - _LEFT - 10
    column = min(width / heads, _SIDE)
    height = layers * max(column, 10.0)
    row = height / layers
    parts = [image(heat(0.5 + 0.5 * np.clip(values / limit, -1, 1), _COLOURS), _LEFT, _TOP, column * heads, height)]
    parts.append(
        f'<rect x="{_LEFT}" y="{_TOP}" width="{column * heads:.1f}" height="{height:.1f}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.3"/>'
    )
    parts.append(text(4, 12, "layer, from 1 above", faint=True))
    parts += [
        text(_LEFT - 6, _TOP + (layer - 0.5) * row + 4, f"{layer}", anchor="end", faint=True)
        for layer in whole_ticks(layers)
    ]
    for head in whole_ticks(heads):
        middle = _LEFT + (head - 0.5) * column
        parts.append(text(middle, _TOP + height + 16, f"{head}", anchor="middle", faint=True))
    parts.append(text(_LEFT + column * heads / 2, _TOP + height + 33, "head", anchor="middle", faint=True))
    down = _TOP + height + 44
    parts.append(_scale(limit, down))
    return drawing("".join(parts), down + 34, said)


def _scale(limit: float, top: float) -> str:
    width = 180.0
    ramp = heat(np.linspace(0, 1, 101)[None], _COLOURS)
    ends = ((0.0, f"−{limit:.2g}"), (0.5, "0"), (1.0, f"{limit:.2g}"))
    return image(ramp, _LEFT, top, width, 12) + "".join(
        text(_LEFT + at * width, top + 27, words, anchor="middle", faint=True) for at, words in ends
    )
