"""Output of `mma-bench curate`: labels, classes, and the funnel beside the paper's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_bench.audioset.curation.curate import Curation
from mma_bench.audioset.curation.simplify import classes_of
from mma_bench.cli.printing import plain_table, print_funnel
from mma_bench.manifest.funnel import Funnel


def print_curation(curation: Curation, written: Sequence[Path]) -> None:
    """Print clips per class, what became of the labels, the funnel, and the written files."""
    console = Console()
    console.print(_classes_table(curation.funnel))
    console.print(_labels_table(curation))
    print_funnel(console, curation.funnel)
    clips, classes = curation.manifest.clips, classes_of(curation.simplified)
    empty = sorted(set(classes) - {clip.class_name for clip in clips})
    without = f", no clips of {' and '.join(empty)}" if empty else ""
    ours = f"{len(clips):,} clips; {len(classes)} classes{without}"
    console.print(f"\n{ours}. The paper: 61 classes, in its final eval set 49, in train 58.", highlight=False)
    console.print(f"[bold]{escape(str(written[0]))}[/] is complete; beside it {_names(written[1:])}.", soft_wrap=True)
    console.print(f"Next: mma-bench fetch {written[0]} --out clips", markup=False, soft_wrap=True)


def _classes_table(funnel: Funnel) -> Table:
    steps = ", ".join(step.meaning for step in funnel.steps)
    table = plain_table("class", title=f"Clips per class, as many as are\n{steps}")
    for column in funnel.columns:
        table.add_column(column, justify="right")
    for name in funnel.steps[0].classes:
        counts = {c: [f"{step.classes.get(name, {}).get(c, 0):>5,}" for step in funnel.steps] for c in funnel.columns}
        table.add_row(name, *(" ".join(counts[column]) for column in funnel.columns))
    return table


def _labels_table(curation: Curation) -> Table:
    carried = {label for clip in curation.clips for label in clip.segment.labels}
    simplified = [curation.simplified[label] for label in curation.simplified if label in carried]
    table = plain_table("became", "labels", "how", title=f"What became of the {len(carried)} labels in the lists")
    for kept in (True, False):
        how = Counter(label.how.replace("_", " ") for label in simplified if (label.class_name is not None) == kept)
        listed = ", ".join(f"{count} {name}" for name, count in sorted(how.items(), key=lambda item: -item[1]))
        table.add_row("of a class" if kept else "removed", str(how.total()), listed)
    return table


def _names(paths: Sequence[Path]) -> str:
    return " and ".join(escape(path.name) for path in paths)
