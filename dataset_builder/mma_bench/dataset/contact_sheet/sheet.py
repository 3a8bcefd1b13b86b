"""Draw a contact sheet: a title and one card per panel, measured before drawing so that nothing overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mma_bench.dataset.contact_sheet.page import (
    EDGE,
    FAINT,
    FRAME_HEIGHTS,
    LABELS,
    MARGIN,
    PADDING,
    SCALE,
    SPECTROGRAM,
    STRIP_WIDTH,
    TEXT,
    WAVEFORM,
    WIDTH,
    Page,
    Typesetter,
)
from mma_bench.dataset.contact_sheet.panel import Block, Panel
from mma_bench.dataset.contact_sheet.tracks import AXIS, draw_audio, draw_frames

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAPER, _CARD = "#eef0f3", "#ffffff"
_GAP = 18
"""Distance between cards."""
_BAR = 8
"""Width of the coloured edge of a card."""
_TITLE = 30
_SUBTITLE = 17
_TOP = _TITLE + _SUBTITLE + 62
_QUIETEST_SCALE = 0.02
"""Smallest amplitude that may fill the height of a waveform; quieter audio is drawn smaller."""
_HEADING = 25
_SMALL = 15
_VALUE = 23
_LINE = 21
_TITLES = 76
_HEAD = _HEADING + 18
_BLOCK = 2 * (_SMALL + 6) + _VALUE + 6
_LEFT = MARGIN + PADDING
_MEDIA = _LEFT + LABELS + SCALE
_RIGHT = WIDTH - MARGIN - PADDING


def contact_sheet(panels: Sequence[Panel], title: str, subtitle: str = "") -> Figure:
    """Draw panels one below the other on a page `WIDTH` pixels wide.

    Changes made by a condition are drawn in the panel's colour. All waveforms share one scale. Each panel has three
    axes, labelled "frames", "waveform" and "spectrogram". Save the figure with `dpi=figure.dpi`.

    Raises:
        ValueError: `panels` is empty.
    """
    if not panels:
        raise ValueError("contact_sheet needs at least one panel, got none")
    typesetter = Typesetter()
    cards = [Card(panel, typesetter) for panel in panels]
    height = _TOP + sum(card.height + _GAP for card in cards) + MARGIN - _GAP
    page = Page(WIDTH, round(height), _PAPER, typesetter)
    inner = WIDTH - 2 * MARGIN
    page.text(MARGIN, 24, title, _TITLE, width=inner, weight="bold")
    page.text(MARGIN, 24 + _TITLE + 14, subtitle, _SUBTITLE, width=inner, color=FAINT)
    peaks = [_QUIETEST_SCALE, *(float(np.abs(p.samples).max(initial=0.0)) for p in panels if p.samples is not None)]
    top = float(_TOP)
    for card in cards:
        card.draw(page, top, loudest=max(peaks))
        top += card.height + _GAP
    return page.figure


class Card:
    """Layout of a panel as a card."""

    def __init__(self, panel: Panel, typesetter: Typesetter) -> None:
        self._panel = panel
        self._video = min(max(panel.frames.shape[1], FRAME_HEIGHTS[0]), FRAME_HEIGHTS[1])
        self._audio = WAVEFORM + 4 + SPECTROGRAM + AXIS
        self._lines = [(title, typesetter.wrap(runs, STRIP_WIDTH - _TITLES, _SMALL)) for title, runs in panel.lines]
        text = sum(len(lines) * _LINE + 4 for _, lines in self._lines)
        self._text = max(text, _BLOCK if panel.text.note else _BLOCK - _SMALL - 6)
        self.height = 2 * PADDING - 6 + _HEAD + self._video + 12 + self._audio + 8 + self._text

    def draw(self, page: Page, top: float, *, loudest: float) -> None:
        """Draw the card with its upper edge at `top`."""
        panel = self._panel
        page.box(MARGIN, top, WIDTH - 2 * MARGIN, self.height, color=_CARD, edge=EDGE)
        page.box(MARGIN, top, _BAR, self.height, color=panel.accent)
        y = top + PADDING - 4
        self._draw_heading(page, y)
        y += _HEAD
        self._draw_block(page, panel.video, y)
        draw_frames(page, panel, _MEDIA, y, STRIP_WIDTH, self._video)
        y += self._video + 12
        self._draw_block(page, panel.audio, y)
        draw_audio(page, panel, _MEDIA, y, STRIP_WIDTH, loudest=loudest)
        y += self._audio + 8
        self._draw_block(page, panel.text, y)
        self._draw_lines(page, y)

    def _draw_heading(self, page: Page, y: float) -> None:
        panel = self._panel
        used = page.text(_LEFT, y, panel.heading, _HEADING, width=900, color=panel.accent, weight="bold") + 16
        used += page.text(_LEFT + used, y + 7, panel.meaning, _SMALL + 2, width=560, color=FAINT) + 24
        left = max(60.0, _RIGHT - _LEFT - used)
        page.text(_RIGHT, y + 8, panel.tag, _SMALL, width=left, color=FAINT, right=True)

    def _draw_block(self, page: Page, block: Block, y: float) -> None:
        color = self._panel.accent if block.changed else TEXT
        page.text(_LEFT, y, block.label, _SMALL, width=LABELS, color=FAINT)
        size = page.set.size_for(block.value, LABELS, _VALUE, least=_SMALL, weight="bold")
        middle = y + _SMALL + 6 + (_VALUE - size) / 2
        page.text(_LEFT, middle, block.value, size, width=LABELS, color=color, weight="bold")
        page.text(_LEFT, y + _SMALL + _VALUE + 14, block.note, _SMALL, width=LABELS, color=FAINT)

    def _draw_lines(self, page: Page, y: float) -> None:
        for title, lines in self._lines:
            page.text(_MEDIA, y, title, _SMALL, width=_TITLES - 8, color=FAINT, weight="bold")
            for line in lines:
                x = _MEDIA + _TITLES
                for run in line:
                    color = self._panel.accent if run.changed else TEXT
                    x += round(page.text(x, y, run.text, _SMALL, width=STRIP_WIDTH, color=color)) + 5
                y += _LINE
            y += 4
