"""Draw heat maps of values by layer and head, and confusion matrices."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.report.pictures.charts import LABEL_LETTER, WIDTH, drawing, text, whole_ticks
from mma_eval.report.pictures.palette import CONFUSION_COLOURS, SIGNED_MAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEFT, _TOP = 40.0, 26.0
_SIDE = 34.0
"""Maximum side of a head's cell, in pixels."""
_CELL = 30
"""Side of a confusion matrix's cell in pixels, wide enough for a four-digit count."""
_WHITE_FROM = 0.8
"""Smallest row-normalised share for which a cell is dark enough for white digits."""


def head_map(values: NDArray[np.float64], limit: float, description: str) -> str:
    """Draw a signed value for each head of each layer, (L, H); NaN is grey, and the colours end at +-`limit`."""
    layers, heads = values.shape
    column = min((WIDTH - _LEFT - 10) / heads, _SIDE)
    width, height = column * heads, layers * max(column, 10.0)
    row, bottom = height / layers, _TOP + height
    scale = ((0.0, f"−{limit:.2g}"), (0.5, "0"), (1.0, f"{limit:.2g}"))
    parts = [
        image(heat(0.5 + 0.5 * np.clip(values / limit, -1, 1), SIGNED_MAP), _LEFT, _TOP, width, height),
        f'<rect x="{_LEFT}" y="{_TOP}" width="{width:.1f}" height="{height:.1f}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.3"/>',
        text(4, 12, "layer, from 1 above", faint=True),
        *(
            text(_LEFT - 6, _TOP + (layer - 0.5) * row + 4, f"{layer}", anchor="end", faint=True)
            for layer in whole_ticks(layers)
        ),
        *(
            text(_LEFT + (head - 0.5) * column, bottom + 16, f"{head}", anchor="middle", faint=True)
            for head in whole_ticks(heads)
        ),
        text(_LEFT + width / 2, bottom + 33, "head", anchor="middle", faint=True),
        colour_scale(SIGNED_MAP, _LEFT, bottom + 44, 180.0, scale),
    ]
    return drawing("".join(parts), bottom + 78, description)


def confusion_map(
    counts: NDArray[np.int_], rows: Sequence[str], columns: Sequence[str], row_title: str, description: str
) -> str:
    """Draw a confusion matrix with a count in each cell; the colour intensity is the row-normalised share.

    The counts, (R, C), are by correct class and by answered class; the first R names of `columns` are those of `rows`.
    """
    left, top = 16 + LABEL_LETTER * max(map(len, (*rows, row_title))), 34.0
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    width, height = _CELL * len(columns), _CELL * len(rows)
    parts = [text(left - 8, 20, row_title, anchor="end", faint=True), text(left, 20, "answered", faint=True)]
    parts += [text(left - 8, top + _CELL * (k + 0.5) + 4, name, anchor="end") for k, name in enumerate(rows)]
    for k, name in enumerate(columns):
        x, y = left + _CELL * (k + 0.5) + 4, top + height + 8
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="end" fill="currentColor" '
            f'transform="rotate(-90 {x:.1f} {y:.1f})">{escape(name)}</text>'
        )
    parts.append(
        f'<path d="{"".join(f"M{left:.1f} {top + _CELL * k}h{width}" for k in range(len(rows) + 1))}'
        f'{"".join(f"M{left + _CELL * k:.1f} {top}v{height}" for k in range(len(columns) + 1))}" '
        'stroke="currentColor" stroke-opacity="0.15"/>'
    )
    for row, column in np.argwhere(counts).tolist():
        colour = CONFUSION_COLOURS["right" if row == column else "wrong" if column < len(rows) else "none"]
        x, y, share = left + _CELL * column, top + _CELL * row, shares[row, column]
        ink = "#fff" if share >= _WHITE_FROM else "currentColor"
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{_CELL}" height="{_CELL}" fill="{colour}" '
            f'fill-opacity="{0.1 + 0.9 * share:.2f}"/><text x="{x + _CELL / 2:.1f}" y="{y + _CELL / 2 + 4:.1f}" '
            f'text-anchor="middle" fill="{ink}">{counts[row, column]}</text>'
        )
    longest = LABEL_LETTER * max(map(len, columns))
    return drawing("".join(parts), top + height + 16 + longest, description, left + width + 10, font_size=12)


def heat(values: NDArray[np.floating], colour_map: str) -> NDArray[np.uint8]:
    """Map values in [0, 1] to (..., 3) RGB with a matplotlib colour map; non-finite values are grey."""
    from matplotlib import colormaps

    painted = (255 * colormaps[colour_map](np.nan_to_num(values))[..., :3]).round()
    painted[~np.isfinite(values)] = 128
    return np.asarray(painted.astype(np.uint8))


def image(pixels: NDArray[np.uint8], x: float, y: float, width: float, height: float) -> str:
    """Embed (rows, columns, 3) pixels in an SVG, scaled without smoothing."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<image x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
    )


def colour_scale(colour_map: str, left: float, top: float, width: float, ticks: Sequence[tuple[float, str]]) -> str:
    """Draw a colour map with ticks below, each at a place from 0 to 1."""
    return image(heat(np.linspace(0, 1, 101)[None], colour_map), left, top, width, 12) + "".join(
        text(left + at * width, top + 27, words, anchor="middle", faint=True) for at, words in ticks
    )
