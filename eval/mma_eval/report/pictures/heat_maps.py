"""Draw heat maps: values by layer and head, confusion matrices, and attention to each token."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.answers import MODALITIES, AnswerAttention, of_last_layer, tokens_of
from mma_eval.report.pictures.charts import LABEL_LETTER, WIDTH, drawing, legend, text, whole_ticks
from mma_eval.report.pictures.palette import CONFUSION_COLOURS, MODALITY_COLOURS, SHARE_MAP, SIGNED_MAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEFT, _TOP = 40.0, 26.0
_SIDE = 34.0
"""Maximum side of a head's cell, in pixels."""
_CELL = 30
"""Side of a confusion matrix's cell in pixels, wide enough for a four-digit count."""
_WHITE_FROM = 0.8
"""Smallest row-normalised share for which a cell is dark enough for white digits."""
_TOKEN_WIDTH, _TOKEN_LEFT = 500.0, 66.0
_COLUMNS = 260
_FLOOR = -5.0
"""Base-10 exponent of the lower end of the token colour scale; the upper end is attention 1."""
_POWERS = ((_FLOOR, "≤ 10⁻⁵"), (-3, "0.001"), (-1, "0.1"), (0, "1"))
"""Ticks of the token colour scale: exponent and label."""


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

    `counts`, (R, C), are by correct class and answered class; `columns` begins with the names in `rows`.
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


def token_map(answer: AnswerAttention, description: str) -> str:
    """Draw the last layer's attention, averaged over heads, below a band of modalities (paper, Figure 19).

    Each row is a position that predicts an answer token: first the prompt's last token, then all answer tokens but the
    last. Columns are tokens, grouped if there are many; a row attends only to tokens up to and including its own.
    """
    columns = columns_of(answer.keys, _COLUMNS)
    attention = np.stack([answer.last_layer[:, keys].mean(1, dtype=float) for keys in columns], axis=1)
    bands = [MODALITIES[answer.keys[keys.start]] for keys in columns]
    rows, width = len(attention), _TOKEN_WIDTH - _TOKEN_LEFT - 8
    height = float(np.clip(rows * 26, 40, 240))
    named, down = legend(_modality_legend(answer), 4, _TOKEN_WIDTH)
    top = down + 30
    painted = heat(1 - np.log10(np.maximum(attention, 10**_FLOOR)) / _FLOOR, SHARE_MAP)
    parts = [named, _bands(bands, width, down + 12), image(painted, _TOKEN_LEFT, top, width, height)]
    parts += [
        text(_TOKEN_LEFT - 6, top + (row + 0.5) * height / rows + 4, f"token {row + 1}", anchor="end", faint=True)
        for row in sorted({0, rows // 2, rows - 1} if rows > 8 else range(rows))
    ]
    widest = max(keys.stop - keys.start for keys in columns)
    each = "each column a token" if widest == 1 else f"each column up to {widest} tokens"
    parts.append(text(_TOKEN_LEFT, top + height + 18, f"tokens in their order, {each}", faint=True))
    down, ticks = top + height + 30, [(1 - power / _FLOOR, words) for power, words in _POWERS]
    parts.append(colour_scale(SHARE_MAP, _TOKEN_LEFT, down, 220.0, ticks))
    parts.append(text(_TOKEN_LEFT + 238, down + 10, "attention to one token,", faint=True))
    parts.append(text(_TOKEN_LEFT + 238, down + 27, "mean over heads", faint=True))
    return drawing("".join(parts), down + 36, description, _TOKEN_WIDTH)


def columns_of(keys: NDArray[np.int8], most: int) -> list[slice]:
    """Group consecutive tokens of one modality into about `most` columns.

    >>> [(s.start, s.stop) for s in columns_of(np.array([2, 0, 0, 0, 0, 2], np.int8), 4)]
    [(0, 1), (1, 3), (3, 5), (5, 6)]
    """
    ends = np.cumsum([0, *(len(list(run)) for _, run in groupby(keys.tolist()))])
    runs = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    size = 1
    while size < len(keys) and sum(-(-(stop - start) // size) for start, stop in runs) > most:
        size += 1
    return [slice(at, min(at + size, stop)) for start, stop in runs for at in range(start, stop, size)]


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
    """Draw a colour map with labelled ticks below, each at a position from 0 to 1."""
    return image(heat(np.linspace(0, 1, 101)[None], colour_map), left, top, width, 12) + "".join(
        text(left + at * width, top + 27, words, anchor="middle", faint=True) for at, words in ticks
    )


def _modality_legend(answer: AnswerAttention) -> list[tuple[str, str]]:
    counts, shares = tokens_of(answer), of_last_layer(answer)
    return [
        (
            f'<rect x="6" y="-6" width="14" height="12" fill="{MODALITY_COLOURS[name]}"/>',
            f"{name}: {counts[name]:,} tokens, {100 * shares[name]:.1f} %",
        )
        for name in MODALITIES
    ]


def _bands(bands: list[str], width: float, top: float) -> str:
    parts, left = [], _TOKEN_LEFT
    for name, run in groupby(bands):
        wide = width * len(list(run)) / len(bands)
        parts.append(f'<rect x="{left:.2f}" y="{top}" width="{wide:.2f}" height="14" fill="{MODALITY_COLOURS[name]}"/>')
        left += wide
    return "".join(parts)
