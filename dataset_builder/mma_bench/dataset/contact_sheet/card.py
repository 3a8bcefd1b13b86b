"""One panel as a card: measured first, then drawn, so that nothing overlaps."""

from __future__ import annotations

from mma_bench.dataset.contact_sheet.media import STRIP_WIDTH
from mma_bench.dataset.contact_sheet.page import Page
from mma_bench.dataset.contact_sheet.panel import Block, Panel, Run
from mma_bench.dataset.contact_sheet.theme import (
    BAR,
    CARD,
    EDGE,
    FAINT,
    FRAME_HEIGHTS,
    LABELS,
    MARGIN,
    PADDING,
    SCALE,
    SPECTROGRAM,
    TEXT,
    WAVEFORM,
    WIDTH,
)
from mma_bench.dataset.contact_sheet.tracks import AXIS, draw_frames, draw_sound
from mma_bench.dataset.contact_sheet.typesetting import Typesetter

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


class Card:
    """A panel, laid out."""

    def __init__(self, panel: Panel, typesetter: Typesetter) -> None:
        self._panel = panel
        self._strip = min(max(panel.frames.shape[1], FRAME_HEIGHTS[0]), FRAME_HEIGHTS[1])
        self._sound = WAVEFORM + 4 + SPECTROGRAM + AXIS
        self._lines = [(title, typesetter.wrap(runs, STRIP_WIDTH - _TITLES, _SMALL)) for title, runs in panel.lines]
        text = sum(len(lines) * _LINE + 4 for _, lines in self._lines)
        self._text = max(text, _BLOCK if panel.text.note else _BLOCK - _SMALL - 6)
        self.height = 2 * PADDING - 6 + _HEAD + self._strip + 12 + self._sound + 8 + self._text

    def draw(self, page: Page, top: float, *, loudest: float) -> None:
        """Draw it with its upper edge at `top`."""
        panel = self._panel
        page.box(MARGIN, top, WIDTH - 2 * MARGIN, self.height, color=CARD, edge=EDGE)
        page.box(MARGIN, top, BAR, self.height, color=panel.accent)
        y = top + PADDING - 4
        self._draw_heading(page, y)
        y += _HEAD
        self._draw_block(page, panel.picture, y)
        draw_frames(page, panel, _MEDIA, y, STRIP_WIDTH, self._strip)
        y += self._strip + 12
        self._draw_block(page, panel.sound, y)
        draw_sound(page, panel, _MEDIA, y, STRIP_WIDTH, loudest=loudest)
        y += self._sound + 8
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
        page.text(
            _LEFT, y + _SMALL + 6 + (_VALUE - size) / 2, block.value, size, width=LABELS, color=color, weight="bold"
        )
        page.text(_LEFT, y + _SMALL + _VALUE + 14, block.note, _SMALL, width=LABELS, color=FAINT)

    def _draw_lines(self, page: Page, y: float) -> None:
        for title, lines in self._lines:
            page.text(_MEDIA, y, title, _SMALL, width=_TITLES - 8, color=FAINT, weight="bold")
            for line in lines:
                self._draw_line(page, line, y)
                y += _LINE
            y += 4

    def _draw_line(self, page: Page, line: list[Run], y: float) -> None:
        x = _MEDIA + _TITLES
        for run in line:
            color = self._panel.accent if run.changed else FAINT if run.faint else TEXT
            x += round(page.text(x, y, run.text, _SMALL, width=STRIP_WIDTH, color=color)) + 5
