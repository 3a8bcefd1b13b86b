"""What `mma-bench curate` prints: labels, classes, and the funnel beside the paper's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_bench.audioset.curation.comparison import NOTE, columns_of_the_paper, compare
from mma_bench.audioset.curation.curate import Curation
from mma_bench.audioset.curation.simplify import classes_of
from mma_bench.manifest.funnel import Funnel

_PLAIN: dict[str, Any] = {"box": box.SIMPLE_HEAD, "pad_edge": False}
"""Tables that fit into 80 columns."""


def print_curation(curation: Curation, written: Sequence[Path]) -> None:
    """Clips per class, what became of the labels, the funnel, and the files."""
    console = Console()
    console.print(_classes_table(curation.funnel))
    console.print(_labels_table(curation))
    print_funnel(console, curation.funnel)
    clips, classes = curation.manifest.clips, classes_of(curation.fates)
    empty = sorted(set(classes) - {clip.class_name for clip in clips})
    without = f", no clips of {' and '.join(empty)}" if empty else ""
    ours = f"{len(clips):,} clips; {len(classes)} classes{without}"
    console.print(f"\n{ours}. The paper: 61 classes, in its final eval set 49, in train 58.", highlight=False)
    console.print(f"[bold]{escape(str(written[0]))}[/] is complete; beside it {_names(written[1:])}.", soft_wrap=True)
    console.print(f"Next: mma-bench fetch {written[0]} --out clips", markup=False, soft_wrap=True)


def print_funnel(console: Console, funnel: Funnel) -> None:
    """The steps, ours and where there are any the paper's."""
    rows = compare(funnel)
    with_paper = columns_of_the_paper(rows)
    table = Table("clips", title="Funnel", **_PLAIN)
    for column in funnel.columns:
        table.add_column(column, justify="right")
        if column in with_paper:
            table.add_column("paper", justify="right")
    for row in rows:
        texts = (row.counts[column].texts[: 1 + (column in with_paper)] for column in funnel.columns)
        table.add_row(row.meaning, *(text for cell in texts for text in cell))
    console.print(table)
    if with_paper:
        console.print(f"{NOTE}.", style="dim", highlight=False)


def _classes_table(funnel: Funnel) -> Table:
    steps = ", ".join(step.meaning for step in funnel.steps)
    table = Table("class", title=f"Clips per class, as many as are\n{steps}", **_PLAIN)
    for column in funnel.columns:
        table.add_column(column, justify="right")
    for name in funnel.steps[0].classes:
        counts = {c: [f"{step.classes.get(name, {}).get(c, 0):>5,}" for step in funnel.steps] for c in funnel.columns}
        table.add_row(name, *(" ".join(counts[column]) for column in funnel.columns))
    return table


def _labels_table(curation: Curation) -> Table:
    carried = {label for clip in curation.clips for label in clip.segment.labels}
    fates = [curation.fates[label] for label in curation.fates if label in carried]
    table = Table("became", "labels", "how", title=f"What became of the {len(carried)} labels in the lists", **_PLAIN)
    for kept in (True, False):
        how = Counter(fate.how.replace("_", " ") for fate in fates if (fate.class_name is not None) == kept)
        listed = ", ".join(f"{count} {name}" for name, count in sorted(how.items(), key=lambda item: -item[1]))
        table.add_row("of a class" if kept else "removed", str(how.total()), listed)
    return table


def _names(paths: Sequence[Path]) -> str:
    return " and ".join(escape(path.name) for path in paths)
