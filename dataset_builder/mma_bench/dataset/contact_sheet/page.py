"""Measure text and draw on a page, in pixels from its upper left corner; define its sizes, colours and fonts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure

DPI = 160
"""Pixels per inch; a page is 10 inches wide."""

WIDTH = 1600
MARGIN = 36
"""Margin around the page."""
PADDING = 22
"""Padding inside a card."""
LABELS = 286
"""Width of the column of labels."""
SCALE = 46
"""Width of the gap between labels and media, which holds the frequency scale of the spectrogram."""

FRAMES = 8
FRAME_HEIGHTS = (84, 190)
"""Minimum and maximum height of a frame."""
WAVEFORM = 44
SPECTROGRAM = 72

STRIP_WIDTH = WIDTH - 2 * (MARGIN + PADDING) - LABELS - SCALE
"""Width of the time axis."""

_FONTS = ("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans", "Arial Unicode MS", "Microsoft YaHei")
"""Font families: the first ships with matplotlib; the others, if installed, add scripts that it lacks."""

EDGE = "#d9dde3"
TEXT = "#1c2430"
FAINT = "#626c7a"
SOUND = "#46505f"
"""Waveform colour for audio that the condition does not change."""

# Distinguishable for colour-blind readers (after P. Tol and Okabe and Ito), and dark enough for text on white, with
# a contrast of at least 4.5 to 1.
ACCENTS = {
    "aligned": "#0067a3",
    "misaligned": "#c24b00",
    "frames_zeroed": "#332288",
    "audio_removed": "#00755a",
    "misleading_caption": "#a3246f",
    "long_context": "#786400",
}
OTHER_ACCENT = "#46505f"
"""Accent colour for media files and for conditions not in `ACCENTS`."""

Weight = Literal["normal", "bold"]


@dataclass(frozen=True)
class Run:
    """A piece of text in one style."""

    text: str
    changed: bool = False
    """True if a condition added the text."""


def printable(text: str) -> str:
    """Join untrusted text into one line and replace its unprintable characters.

    >>> printable("a\\nb\\x07")
    'a b\\ufffd'
    """
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


@cache
def families() -> list[str]:
    """Return the installed font families among `_FONTS`."""
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return [name for name in _FONTS if name in installed]


class Typesetter:
    """Measures and wraps text as matplotlib draws it; all lengths are in pixels."""

    @cached_property
    def _renderer(self) -> RendererBase:
        from matplotlib.backend_bases import RendererBase
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        canvas = FigureCanvasAgg(Figure(figsize=(1, 1), dpi=DPI))
        return cast(RendererBase, canvas.get_renderer())  # type: ignore[no-untyped-call]

    def width(self, text: str, size: float, weight: Weight = "normal") -> float:
        """Measure the width of a text in a font of `size` pixels."""
        from matplotlib.font_manager import FontProperties

        font = FontProperties(family=families(), size=size * 72 / DPI, weight=weight)
        return float(self._renderer.get_text_width_height_descent(text, font, ismath=False)[0])

    def fit(self, text: str, width: float, size: float, weight: Weight = "normal") -> str:
        """Elide the middle of a text until it is at most `width` wide."""
        text = printable(text)
        # A line has fewer characters than pixels, so the rest of a long text need not be measured.
        keep = min(len(text), int(width))
        short = text if keep == len(text) else _without_middle(text, keep)
        while keep > 2 and self.width(short, size, weight) > width:
            keep = max(2, min(keep - 1, int(keep * width / self.width(short, size, weight)) + 1))
            short = _without_middle(text, keep)
        return short

    def size_for(self, text: str, width: float, size: float, *, least: float, weight: Weight = "normal") -> float:
        """Return the font size at which a text fits into `width`: at most `size` and at least `least`."""
        wide = self.width(printable(text)[: int(width)], size, weight)
        return size if wide <= width else max(least, int(size * width / wide))

    def wrap(self, runs: Sequence[Run], width: float, size: float) -> list[list[Run]]:
        """Wrap runs at word boundaries into lines of at most `width`; a run may continue on the next line."""
        space = self.width("n n", size) - self.width("nn", size)
        lines: list[list[Run]] = [[]]
        used = 0.0
        for run in runs:
            for word in printable(run.text).split():
                fitted = self.fit(word, width, size)
                wide = self.width(fitted, size)
                if used and used + space + wide > width:
                    lines.append([])
                    used = 0.0
                used += wide + (space if used else 0.0)
                line = lines[-1]
                if line and line[-1].changed == run.changed:
                    line[-1] = Run(f"{line[-1].text} {fitted}", run.changed)
                else:
                    line.append(Run(fitted, run.changed))
        return lines


def _without_middle(text: str, keep: int) -> str:
    return f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}"


class Page:
    """A figure of `width` x `height` pixels; text is drawn literally, without math mode."""

    def __init__(self, width: int, height: int, paper: str, typesetter: Typesetter) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure: Figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=paper)
        FigureCanvasAgg(self.figure)
        self.set = typesetter
        self._width, self._height = width, height

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        width: float,
        color: str = TEXT,
        weight: Weight = "normal",
        right: bool = False,
    ) -> float:
        """Draw a line of text at most `width` wide, with its top at `y`, starting or, if `right`, ending at `x`.

        Returns the width of the line.
        """
        fitted = self.set.fit(text, width, size, weight)
        self.figure.text(
            x / self._width,
            1 - (y + 0.95 * size) / self._height,
            fitted,
            family=families(),
            size=size * 72 / DPI,
            color=color,
            weight=weight,
            ha="right" if right else "left",
            va="baseline",
            parse_math=False,
        )
        return self.set.width(fitted, size, weight)

    def box(self, x: float, y: float, width: float, height: float, *, color: str, edge: str | None = None) -> None:
        """Draw a filled rectangle, with an outline if `edge` is a colour."""
        from matplotlib.patches import Rectangle

        left, bottom, wide, high = self._fractions(x, y, width, height)
        box = Rectangle((left, bottom), wide, high, transform=self.figure.transFigure, zorder=-1)
        box.set(facecolor=color, edgecolor=edge or "none", linewidth=0.6 if edge else 0)
        self.figure.add_artist(box)

    def axes(self, x: float, y: float, width: float, height: float, name: str) -> Axes:
        """Add axes without ticks or frame, labelled `name`."""
        axes = self.figure.add_axes(self._fractions(x, y, width, height), label=name)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        return axes

    def _fractions(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        """Convert a rectangle to matplotlib's (left, bottom, width, height) as fractions of the figure."""
        return x / self._width, 1 - (y + height) / self._height, width / self._width, height / self._height
