"""Text that fits: widths are measured, not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal, cast

from mma_bench.dataset.contact_sheet.panel import Run
from mma_bench.dataset.contact_sheet.theme import DPI, FONTS

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase

Weight = Literal["normal", "bold"]


def printable(text: str) -> str:
    """`text` on one line, what has no shape replaced: names come from files and from the network.

    >>> printable("a\\nb\\x07")
    'a b\\ufffd'
    """
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


@cache
def families() -> list[str]:
    """Those of `FONTS` that this machine has."""
    from matplotlib.font_manager import fontManager

    there = set(fontManager.get_font_names())
    return [name for name in FONTS if name in there]


class Typesetter:
    """Measures and breaks text in matplotlib's own font; all lengths are pixels."""

    @cached_property
    def _renderer(self) -> RendererBase:
        from matplotlib.backend_bases import RendererBase
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        canvas = FigureCanvasAgg(Figure(figsize=(1, 1), dpi=DPI))
        return cast(RendererBase, canvas.get_renderer())  # type: ignore[no-untyped-call]

    def width(self, text: str, size: float, weight: Weight = "normal") -> float:
        """How wide `text` is in a font of `size` pixels."""
        from matplotlib.font_manager import FontProperties

        font = FontProperties(family=families(), size=size * 72 / DPI, weight=weight)
        return float(self._renderer.get_text_width_height_descent(text, font, ismath=False)[0])

    def fit(self, text: str, width: float, size: float, weight: Weight = "normal") -> str:
        """`text`, shortened in the middle until it is at most `width` wide."""
        text = printable(text)
        # A line never holds more letters than pixels; measuring more of a long text would only take time.
        keep = min(len(text), int(width))
        short = text if keep == len(text) else _without_middle(text, keep)
        while keep > 2 and self.width(short, size, weight) > width:
            keep = max(2, min(keep - 1, int(keep * width / self.width(short, size, weight)) + 1))
            short = _without_middle(text, keep)
        return short

    def size_for(self, text: str, width: float, size: float, *, least: float, weight: Weight = "normal") -> float:
        """The largest size up to `size` in which `text` is at most `width` wide, but at least `least`."""
        wide = self.width(printable(text)[: int(width)], size, weight)
        return size if wide <= width else max(least, int(size * width / wide))

    def wrap(self, runs: Sequence[Run], width: float, size: float) -> list[list[Run]]:
        """Lines of at most `width`, broken between words; a run may continue on the next line."""
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
                _append(lines[-1], Run(fitted, run.changed, run.faint))
        return lines


def _append(line: list[Run], word: Run) -> None:
    if line and (line[-1].changed, line[-1].faint) == (word.changed, word.faint):
        line[-1] = Run(f"{line[-1].text} {word.text}", word.changed, word.faint)
    else:
        line.append(word)


def _without_middle(text: str, keep: int) -> str:
    return f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}"
