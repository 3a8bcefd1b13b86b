"""The command `mma-bench curate` and its output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_bench.audioset.curation.readings import Readings
from mma_bench.cli.printing import plain_table, print_funnel

if TYPE_CHECKING:
    from mma_bench.audioset.curation.curate import Curation
    from mma_bench.manifest.funnel import Funnel


def curate_command(
    ontology: Annotated[Path, typer.Option(help="AudioSet's ontology.json.")],
    segments: Annotated[list[str], typer.Option(help="Repeatable: a list of AudioSet, or SPLIT=FILE.")],
    out: Annotated[Path, typer.Option(help="The manifest to write; plots go beside it.")] = Path("manifest.parquet"),
    taxonomy: Annotated[
        Path | None, typer.Option(help="A CSV of decisions about labels, instead of the one that ships.")
    ] = None,
    *,
    readings: Readings,
    explain: Annotated[
        list[str] | None, typer.Option(help="Repeatable: explain why a YouTube id was kept or dropped.")
    ] = None,
    explain_class: Annotated[list[str] | None, typer.Option(help="Repeatable: explain what became of a class.")] = None,
) -> None:
    """Choose the clips of AudioSet that have one class: a manifest for `mma-bench fetch`.

    With `--explain` or `--explain-class`, only print the explanation and write nothing.
    """
    from mma_bench.audioset.curation.curate import curate
    from mma_bench.audioset.curation.segments import segment_list

    lists = [segment_list(text) for text in segments]
    curation = curate(ontology, lists, taxonomy_file=taxonomy, readings=readings)
    if explain or explain_class:
        from mma_bench.audioset.curation import explain as explanation

        for youtube_id in explain or ():
            typer.echo(explanation.explain_clip(curation, youtube_id))
        for name in explain_class or ():
            typer.echo(explanation.explain_class(curation, name))
        return
    from mma_bench.audioset.curation.save import save_curation

    _print_curation(curation, save_curation(curation, out))


def _print_curation(curation: Curation, written: Sequence[Path]) -> None:
    """Print the clips per class, the outcome of the labels, the funnel and the written files."""
    from mma_bench.audioset.curation.simplify import classes_of

    console = Console()
    console.print(_classes_table(curation.funnel))
    console.print(_labels_table(curation))
    print_funnel(console, curation.funnel)
    clips, classes = curation.manifest.clips, classes_of(curation.simplified)
    empty = sorted(set(classes) - {clip.class_name for clip in clips})
    without = f", no clips of {' and '.join(empty)}" if empty else ""
    ours = f"{len(clips):,} clips; {len(classes)} classes{without}"
    console.print(f"\n{ours}. The paper: 61 classes, in its final eval set 49, in train 58.", highlight=False)
    beside = " and ".join(escape(path.name) for path in written[1:])
    console.print(f"[bold]{escape(str(written[0]))}[/] is complete; beside it {beside}.", soft_wrap=True)
    console.print(f"Next: mma-bench fetch {written[0]} --out clips", markup=False, soft_wrap=True)


def _classes_table(funnel: Funnel) -> Table:
    steps = ", ".join(step.meaning for step in funnel.steps)
    table = plain_table("class", counts=funnel.columns, title=f"Clips per class, as many as are\n{steps}")
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
