"""The sheet: a title and one card per panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mma_bench.dataset.contact_sheet.card import Card
from mma_bench.dataset.contact_sheet.page import Page
from mma_bench.dataset.contact_sheet.panel import Panel
from mma_bench.dataset.contact_sheet.theme import FAINT, GAP, MARGIN, PAPER, WIDTH
from mma_bench.dataset.contact_sheet.typesetting import Typesetter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE = 30
_SUBTITLE = 17
_HEAD = _TITLE + _SUBTITLE + 62
_QUIETEST_SCALE = 0.02


def contact_sheet(panels: Sequence[Panel], title: str, subtitle: str = "") -> Figure:
    """Draw panels below each other, `WIDTH` pixels wide and as high as they need.

    What a condition changed is drawn in the panel's colour, everything else in grey. All waveforms of a sheet have one
    scale. Each panel has three axes, labelled "frames", "waveform" and "spectrogram". Save the figure with its own dpi.

    Raises:
        ValueError: there is no panel.
    """
    if not panels:
        raise ValueError("contact_sheet needs at least one panel, got none")
    typesetter = Typesetter()
    cards = [Card(panel, typesetter) for panel in panels]
    height = _HEAD + sum(card.height + GAP for card in cards) + MARGIN - GAP
    page = Page(WIDTH, round(height), PAPER, typesetter)
    inner = WIDTH - 2 * MARGIN
    page.text(MARGIN, 24, title, _TITLE, width=inner, weight="bold")
    page.text(MARGIN, 24 + _TITLE + 14, subtitle, _SUBTITLE, width=inner, color=FAINT)
    top = float(_HEAD)
    for card in cards:
        card.draw(page, top, loudest=_loudest(panels))
        top += card.height + GAP
    return page.figure


def _loudest(panels: Sequence[Panel]) -> float:
    peaks = [float(np.abs(p.samples).max(initial=0.0)) for p in panels if p.samples is not None]
    return max([*peaks, _QUIETEST_SCALE])
