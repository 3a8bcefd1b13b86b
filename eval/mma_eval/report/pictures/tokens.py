"""Draw the last layer's attention to each token, below a band of modalities (paper, Figure 19)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.answers import MODALITIES, AnswerAttention, tokens_of
from mma_eval.attention.shares import of_last_layer
from mma_eval.report.pictures.charts import drawing, legend, text
from mma_eval.report.pictures.heat_maps import colour_scale, heat, image
from mma_eval.report.pictures.palette import MODALITY_COLOURS, SHARE_MAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDTH, _LEFT = 500.0, 66.0
_COLUMNS = 260
_FLOOR = -5.0
"""Base-10 exponent at which the colour scale begins; it ends at 1."""


def token_map(answer: AnswerAttention, description: str) -> str:
    """Draw the last layer's attention, averaged over heads; each row is a position that predicts an answer token.

    The first row is the prompt's last token, the others are all answer tokens but the last; columns are the tokens up
    to and including that of the row.
    """
    columns = columns_of(answer.keys, _COLUMNS)
    attention = np.stack([answer.last_layer[:, keys].mean(1, dtype=float) for keys in columns], axis=1)
    bands = [MODALITIES[answer.keys[keys.start]] for keys in columns]
    rows, width = len(attention), _WIDTH - _LEFT - 8
    height = float(np.clip(rows * 26, 40, 240))
    named, down = legend(_named(answer), 4, _WIDTH)
    top = down + 30
    painted = heat(1 - np.log10(np.maximum(attention, 10**_FLOOR)) / _FLOOR, SHARE_MAP)
    parts = [named, _bands(bands, width, down + 12), image(painted, _LEFT, top, width, height)]
    parts += [
        text(_LEFT - 6, top + (row + 0.5) * height / rows + 4, f"token {row + 1}", anchor="end", faint=True)
        for row in sorted({0, rows // 2, rows - 1} if rows > 8 else range(rows))
    ]
    widest = max(keys.stop - keys.start for keys in columns)
    each = "each column a token" if widest == 1 else f"each column up to {widest} tokens"
    parts.append(text(_LEFT, top + height + 18, f"tokens in their order, {each}", faint=True))
    parts.append(_scale(top + height + 30))
    return drawing("".join(parts), top + height + 66, description, _WIDTH)


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


def _named(answer: AnswerAttention) -> list[tuple[str, str]]:
    counts, shares = tokens_of(answer), of_last_layer(answer)
    return [
        (
            f'<rect x="6" y="-6" width="14" height="12" fill="{MODALITY_COLOURS[name]}"/>',
            f"{name}: {counts[name]:,} tokens, {100 * shares[name]:.1f} %",
        )
        for name in MODALITIES
    ]


def _bands(bands: list[str], width: float, top: float) -> str:
    parts, left = [], _LEFT
    for name, run in groupby(bands):
        wide = width * len(list(run)) / len(bands)
        parts.append(f'<rect x="{left:.2f}" y="{top}" width="{wide:.2f}" height="14" fill="{MODALITY_COLOURS[name]}"/>')
        left += wide
    return "".join(parts)


def _scale(top: float) -> str:
    width, powers = 220.0, ((_FLOOR, "≤ 10⁻⁵"), (-3, "0.001"), (-1, "0.1"), (0, "1"))
    ticks = [(1 - power / _FLOOR, words) for power, words in powers]
    name = "".join(
        text(_LEFT + width + 18, top + down, words, faint=True)
        for words, down in (("attention to one token,", 10), ("mean over heads", 27))
    )
    return colour_scale(SHARE_MAP, _LEFT, top, width, ticks) + name
