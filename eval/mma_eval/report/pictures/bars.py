"""Stacked bars as SVG: they follow the page's colours in HTML and stand on white as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil

from mma_eval.report.pictures.palette import OUTCOME_COLOURS

_SHORT = {"other_modality": "other modality", "other_class": "other class", "off_list": "off list"}
_BAR, _GAP, _LABELS, _WIDTH = 22, 8, 250, 560
"""Labels get so much room, and more where one needs it."""
_LETTER = 6.2  # pixels, about
_WIDE_LETTER = 6.9  # pixels of a letter that must have room whatever the font


def stacked_bars(bars: Sequence[tuple[str, Mapping[str, float]]], title: str) -> str:
    """Bars of rates that add up to 1, each with its label, its parts named where there is room for the name.

    Args:
        bars: label and rates of each.
        title: said to those who cannot see it.
    """
    names = [name for name in OUTCOME_COLOURS if any(rates.get(name, 0) for _, rates in bars)]
    start = max([_LABELS, *(ceil(len(label) * _WIDE_LETTER) + 12 for label, _ in bars)])
    legend, legend_height = _legend(names, start)
    height = legend_height + len(bars) * (_BAR + _GAP)
    body = [_bar(label, rates, legend_height + k * (_BAR + _GAP), start) for k, (label, rates) in enumerate(bars)]
    width = start + _WIDTH + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {width} {height}" width="{width}" font-family="system-ui, sans-serif" font-size="12">'
        f"{legend}{''.join(body)}</svg>"
    )


def in_words(bars: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """What the bars show, for those who cannot see them."""
    return "; ".join(
        f"{label}: " + ", ".join(f"{_named(name)} {_percent(rate)} %" for name, rate in rates.items() if rate >= 0.0005)
        for label, rates in bars
    )


def on_white(svg: str) -> str:
    """The same bars as a file of their own, which has no page to take its colours from."""
    return svg.replace("<svg ", '<svg style="background:#fff;color:#1c2430" ', 1)


def _bar(label: str, rates: Mapping[str, float], top: int, start: int) -> str:
    parts = [f'<text x="{start - 8}" y="{top + 15}" text-anchor="end" fill="currentColor">{escape(label)}</text>']
    left = float(start)
    for name, rate in rates.items():
        if rate <= 0:
            continue
        width = rate * _WIDTH
        said = f"{_named(name)} {_percent(rate)} %"
        parts.append(
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{OUTCOME_COLOURS[name]}" '
            f'stroke="#fff" stroke-width="0.7"><title>{escape(said)}</title></rect>'
        )
        for words in (said, _percent(rate)):
            if len(words) * _LETTER + 6 < width:
                parts.append(f'<text x="{left + 5:.1f}" y="{top + 15}" fill="#fff">{escape(words)}</text>')
                break
        left += width
    return "".join(parts)


def _legend(names: Sequence[str], start: int) -> tuple[str, int]:
    parts, left, top = [], float(start), 0
    for name in names:
        width = 20 + len(_named(name)) * _LETTER + 14
        if left + width > start + _WIDTH + 10:
            left, top = float(start), top + 20
        parts.append(
            f'<rect x="{left:.0f}" y="{top + 3}" width="12" height="12" fill="{OUTCOME_COLOURS[name]}"/>'
            f'<text x="{left + 17:.0f}" y="{top + 13}" fill="currentColor">{escape(_named(name))}</text>'
        )
        left += width
    return "".join(parts), top + 28


def _named(name: str) -> str:
    return _SHORT.get(name, name.replace("_", " "))


def _percent(rate: float) -> str:
    """Whole percents, and a decimal where they would say all or nothing of what is not.

    >>> _percent(0.27), _percent(0.998), _percent(1.0)
    ('27', '99.8', '100')
    """
    whole = f"{100 * rate:.0f}"
    return f"{100 * rate:.1f}" if whole in ("0", "100") and 0 < rate < 1 else whole
