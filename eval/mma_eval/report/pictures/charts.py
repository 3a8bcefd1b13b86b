"""Draw stacked bars, and the parts shared by other charts: scales, ticks, axes, legend."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from mma_eval.report.pictures.palette import OUTCOME_COLOURS

WIDTH = 400
"""Width of a panel in pixels, about that of a phone."""
LETTER = 6.6
"""Approximate width of a letter in pixels."""
LINE = 18
_BAR, _GAP, _LABELS, _BARS = 22, 8, 250, 560
"""Bar height, gap below, minimum label width and bar width, in pixels."""
_BAR_LETTER, LABEL_LETTER = 6.2, 6.9
"""Letter width in pixels: typical, and an upper bound for labels in any font."""


def stacked_bars(bars: Sequence[tuple[str, Mapping[str, float]]], title: str) -> str:
    """Draw labelled stacked bars of outcome rates, which sum to 1; segments that are wide enough are named."""
    names = [name for name in OUTCOME_COLOURS if any(rates.get(name, 0) for _, rates in bars)]
    start = max([_LABELS, *(math.ceil(len(label) * LABEL_LETTER) + 12 for label, _ in bars)])
    named, top = _bar_legend(names, start)
    body = [_bar(label, rates, top + k * (_BAR + _GAP), start) for k, (label, rates) in enumerate(bars)]
    height = top + len(bars) * (_BAR + _GAP)
    return drawing("".join([named, *body]), height, title, start + _BARS + 10, font_size=12)


def in_words(bars: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """Describe stacked bars in words."""
    return "; ".join(
        f"{label}: " + ", ".join(f"{_words(name)} {_percent(rate)} %" for name, rate in rates.items() if rate >= 0.0005)
        for label, rates in bars
    )


def on_white(svg: str) -> str:
    """Add a white background and a text colour, for an SVG file used outside a page."""
    return svg.replace("<svg ", '<svg style="background:#fff;color:#1c2430" ', 1)


@dataclass(frozen=True)
class Frame:
    """Bounds of a chart's plot area in pixels, and its axis ranges."""

    top: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    left: float = 46
    right: float = WIDTH - 10

    def x(self, value: float) -> float:
        """Convert a value on the horizontal axis to pixels."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Convert a value on the vertical axis to pixels."""
        low, high = self.y_range
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers in a range: multiples of 1, 2 or 5 times a power of ten.

    >>> ticks(-0.31, 1.2), ticks(1, 28)
    ([0.0, 0.5, 1.0], [5.0, 10.0, 15.0, 20.0, 25.0])
    """
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * k for k in (1, 2, 5, 10) if (high - low) / (power * k) <= most)
    return [round(k * step, 10) + 0.0 for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def whole_ticks(count: int) -> list[int]:
    """Return ticks for layers or heads, counted from 1, including the first and the last.

    >>> whole_ticks(4), whole_ticks(28)
    ([1, 2, 3, 4], [1, 5, 10, 15, 20, 25, 28])
    """
    if count <= 10:
        return list(range(1, count + 1))
    found = [int(t) for t in ticks(1, count)]
    return [1, *(k for k in found if k > 1 and count - k > 0.45 * (found[1] - found[0])), count]


def axes(frame: Frame, x_ticks: Sequence[float], x_name: str) -> str:
    """Draw both axes with tick labels, and the name of the horizontal axis."""
    parts = []
    for value in ticks(*frame.y_range):
        y = frame.y(value)
        parts.append(_rule(frame.left, y, frame.right, y, 0.55 if value == 0 else 0.15))
        parts.append(text(frame.left - 6, y + 4, f"{value:g}".replace("-", "−"), anchor="end", faint=True))
    for value in x_ticks:
        x = frame.x(value)
        parts.append(_rule(x, frame.bottom, x, frame.bottom + 4, 0.55))
        parts.append(text(x, frame.bottom + 17, f"{value:g}", anchor="middle", faint=True))
    parts.append(text((frame.left + frame.right) / 2, frame.bottom + 34, x_name, anchor="middle", faint=True))
    return "".join(parts)


def legend(entries: Sequence[tuple[str, str]], top: float, width: float = WIDTH) -> tuple[str, float]:
    """Draw a legend that wraps as needed, and return its SVG and height in pixels.

    Each entry is the SVG of a symbol, drawn from (0, 0) to (26, 0), and a name.
    """
    parts, left, down = [], 4.0, 0.0
    for symbol, name in entries:
        lines = wrap(name, int((width - 40) / LETTER)) or [""]
        wide = 32 + max(map(len, lines)) * LETTER + 14
        if left > 4 and left + wide > width + 14:
            left, down = 4.0, down + LINE
        parts.append(f'<g transform="translate({left:.0f} {top + down + 8:.0f})">{symbol}</g>')
        parts += [text(left + 32, top + down + LINE * k + 12, line) for k, line in enumerate(lines)]
        left, down = left + wide, down + LINE * (len(lines) - 1)
    return "".join(parts), down + LINE


def text(x: float, y: float, words: str, *, anchor: str = "start", faint: bool = False) -> str:
    """Draw text in the page's text colour."""
    opacity = ' fill-opacity="0.75"' if faint else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor"{opacity}>{escape(words)}</text>'


def drawing(body: str, height: float, description: str, width: float = WIDTH, *, font_size: int = 13) -> str:
    """Wrap SVG elements as a complete SVG, with a description for screen readers; sizes are in pixels."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(description)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" font-family="system-ui, sans-serif" '
        f'font-size="{font_size}">{body}</svg>'
    )


def _bar(label: str, rates: Mapping[str, float], top: int, start: int) -> str:
    parts = [f'<text x="{start - 8}" y="{top + 15}" text-anchor="end" fill="currentColor">{escape(label)}</text>']
    left = float(start)
    for name, rate in rates.items():
        if rate <= 0:
            continue
        width = rate * _BARS
        words = f"{_words(name)} {_percent(rate)} %"
        parts.append(
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{OUTCOME_COLOURS[name]}" '
            f'stroke="#fff" stroke-width="0.7"><title>{escape(words)}</title></rect>'
        )
        for inside in (words, _percent(rate)):
            if len(inside) * _BAR_LETTER + 6 < width:
                parts.append(f'<text x="{left + 5:.1f}" y="{top + 15}" fill="#fff">{escape(inside)}</text>')
                break
        left += width
    return "".join(parts)


def _bar_legend(names: Sequence[str], start: int) -> tuple[str, int]:
    parts, left, top = [], float(start), 0
    for name in names:
        width = 20 + len(_words(name)) * _BAR_LETTER + 14
        if left + width > start + _BARS + 10:
            left, top = float(start), top + 20
        parts.append(
            f'<rect x="{left:.0f}" y="{top + 3}" width="12" height="12" fill="{OUTCOME_COLOURS[name]}"/>'
            f'<text x="{left + 17:.0f}" y="{top + 13}" fill="currentColor">{escape(_words(name))}</text>'
        )
        left += width
    return "".join(parts), top + 28


def _rule(x1: float, y1: float, x2: float, y2: float, opacity: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'stroke-opacity="{opacity}"/>'
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _percent(rate: float) -> str:
    """Format as a whole percentage, or with one decimal if a rate would wrongly round to 0 or 100.

    >>> _percent(0.27), _percent(0.998), _percent(1.0)
    ('27', '99.8', '100')
    """
    whole = f"{100 * rate:.0f}"
    return f"{100 * rate:.1f}" if whole in ("0", "100") and 0 < rate < 1 else whole
