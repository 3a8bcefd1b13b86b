"""Save a curation: the manifest, and charts of the funnel and of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mma_bench.audioset.curation.comparison import compare
from mma_bench.audioset.curation.curate import Curation
from mma_bench.core.files import writing
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import write_manifest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#0067a3", "#c24b00", "#332288", "#00755a")
"""One colour per column of the funnel, distinguishable for colour-blind readers."""
_PAPER = "#1c2430"
_FAINT = "#626c7a"


def save_curation(curation: Curation, out: Path) -> Sequence[Path]:
    """Write the manifest to `out` and two charts beside it; return the paths of all three files.

    The charts beside `manifest.parquet` are `manifest.funnel.png` and `manifest.classes.png`.

    Raises StorageError if a file cannot be written.
    """
    write_manifest(out, curation.manifest)
    written = [out]
    for name, figure in (("funnel", draw_funnel(curation.funnel)), ("classes", draw_classes(curation.funnel))):
        path = out.with_suffix(f".{name}.png")
        with writing(path) as partial:
            # Without this, the PNG would contain the version of matplotlib.
            figure.savefig(partial, format="png", metadata={"Software": None})
        written.append(path)
    return written


def draw_funnel(funnel: Funnel) -> Figure:
    """Draw one panel per column: a bar for the clips left after each step, and a mark for the paper's count."""
    from matplotlib.figure import Figure

    rows = compare(funnel)
    figure = Figure(figsize=(5.2 * len(funnel.columns) + 2.4, 0.52 * len(rows) + 1.3), dpi=160, layout="constrained")
    panels = figure.subplots(1, len(funnel.columns), squeeze=False, sharey=True)[0]
    for panel, (column, split), colour in zip(panels, funnel.columns.items(), _COLOURS * len(panels), strict=False):
        total = max(row.counts[column].ours or 0 for row in rows) or 1
        for at, row in enumerate(rows):
            count = row.counts[column]
            if count.ours is not None:
                panel.barh(at, count.ours, color=colour, height=0.62)
            if count.paper is not None:
                panel.plot([count.paper] * 2, [at - 0.4, at + 0.4], color=_PAPER, linewidth=2.2)
            ours = "not done yet" if count.ours is None else f"{count.ours:,}"
            paper = "" if count.paper is None else f"   paper {count.paper:,}"
            panel.text(max(count.ours or 0, count.paper or 0) + total * 0.02, at, ours + paper, va="center", fontsize=9)
        panel.set_xlim(0, total * 1.5)
        panel.set_title(f"{column} (split {split})", fontsize=10, loc="left")
        _bare(panel)
        panel.set_xticks([])
    panels[0].set_yticks(range(len(rows)), [row.meaning for row in rows], fontsize=9)
    panels[0].invert_yaxis()
    figure.suptitle("Clips left after each step; the mark is what the paper reports (Tables 1 and 7)", fontsize=10)
    return figure


def draw_classes(funnel: Funnel) -> Figure:
    """Draw the number of clips of each class after the last step (Figure 12 in the paper shows its 49 classes)."""
    from matplotlib.figure import Figure

    names_listed, counts = funnel.steps[0].classes, funnel.steps[-1].classes
    counts = {name: counts.get(name, {}) for name in names_listed}
    names = sorted(counts, key=lambda name: (-sum(counts[name].values()), name))
    figure = Figure(figsize=(8.2, 0.2 * len(names) + 1.1), dpi=160, layout="constrained")
    panel = figure.subplots()
    before = dict.fromkeys(names, 0)
    for column, colour in zip(funnel.columns, _COLOURS * len(funnel.columns), strict=False):
        values = [counts[name].get(column, 0) for name in names]
        panel.barh(names, values, left=list(before.values()), color=colour, height=0.72, label=column)
        before = {name: before[name] + value for name, value in zip(names, values, strict=True)}
    for at, name in enumerate(names):
        listed = " + ".join(f"{counts[name].get(column, 0):,}" for column in funnel.columns)
        panel.text(before[name] + max(before.values()) * 0.008, at, listed, va="center", fontsize=6.5, color=_FAINT)
    panel.tick_params(axis="y", labelsize=7.5)
    panel.tick_params(axis="x", labelsize=7.5)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.set_title(f"Clips of each of {len(names)} classes", fontsize=10, loc="left")
    panel.legend(loc="lower right", fontsize=8, frameon=False)
    _bare(panel)
    return figure


def _bare(panel: Axes) -> None:
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    panel.tick_params(length=0)
