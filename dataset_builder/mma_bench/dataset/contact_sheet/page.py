"""A figure addressed in pixels from its upper left corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mma_bench.dataset.contact_sheet.theme import DPI, TEXT
from mma_bench.dataset.contact_sheet.typesetting import Typesetter, Weight, families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Page:
    """A sheet of `width` x `height` pixels. Text is never parsed: a `$` in a name is a `$`."""

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
        """Write a line of at most `width`, its upper edge at `y`, from `x` on or ending at it; returns its width."""
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
        """Fill a rectangle."""
        from matplotlib.patches import Rectangle

        self.figure.add_artist(
            Rectangle(
                (x / self._width, 1 - (y + height) / self._height),
                width / self._width,
                height / self._height,
                facecolor=color,
                edgecolor=edge or "none",
                linewidth=0.6 if edge else 0,
                transform=self.figure.transFigure,
                zorder=-1,
            )
        )

    def axes(self, x: float, y: float, width: float, height: float, name: str) -> Axes:
        """Axes without ticks or frame, findable by `name` (their label)."""
        axes = self.figure.add_axes(
            (x / self._width, 1 - (y + height) / self._height, width / self._width, height / self._height),
            label=name,
        )
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        return axes
