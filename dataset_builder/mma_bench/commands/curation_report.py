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

from mma_bench.curation.comparison import compare
from mma_bench.curation.curate import Curation
from mma_bench.curation.funnel import Funnel
from mma_bench.curation.simplify import classes_of

_PLAIN: dict[str, Any] = {"box": box.SIMPLE_HEAD, "pad_edge": False}
"""Tables that fit into 80 columns."""


def print_curation(curation: Curation, written: Sequence[Path]) -> None:
    """Clips per class, what became of the labels, the funnel, and the files."""
    console = Console()
    console.print(_classes_table(curation.funnel))
    console.print(_labels_table(curation))
    print_funnel(console, curation.funnel)
    clips, classes = curation.manifest.clips, classes_of(curation.fates)
    with_clips = len({clip.class_name for clip in clips})
    console.print(
        f"\n{len(clips):,} clips; {len(classes)} classes, {with_clips} of them with clips. The paper: 61 classes, "
        "in its final eval set 49, in train 58.",
        highlight=False,
    )
    console.print(f"[bold]{escape(str(written[0]))}[/] is complete; beside it {_names(written[1:])}.", soft_wrap=True)
    console.print(f"Next: mma-bench fetch {written[0]} --out clips", markup=False, soft_wrap=True)


def print_funnel(console: Console, funnel: Funnel) -> None:
    """The steps, ours and the paper's."""
    table = Table("clips", title="Funnel", **_PLAIN)
    for column in funnel.columns:
        table.add_column(column, justify="right")
        table.add_column("paper", justify="right")
    for row in compare(funnel):
        table.add_row(row.meaning, *(text for column in funnel.columns for text in row.counts[column].texts))
    console.print(table)
    note = "Paper: Tables 1 and 7, in brackets less ours (less our last count, where a step is not done yet)."
    console.print(note, style="dim", highlight=False)


def _classes_table(funnel: Funnel) -> Table:
    steps = " > ".join(step.meaning for step in funnel.steps)
    table = Table("class", title=f"Clips per class: {steps}", **_PLAIN)
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
