"""Output shared by several commands: the progress bar, the funnel of clips, and a command to run next."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mma_bench.manifest.funnel import Funnel


@contextmanager
def progress_bar(unit: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar per step on standard error, counting `unit`, once there is something to show.

    Yields a function to call with the step's name, the number done, and the total.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description:>16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    steps: dict[str, TaskID] = {}

    def show(step: str, done: int, total: int) -> None:
        bar.start()
        if step not in steps:
            steps[step] = bar.add_task(step, total=total)
        bar.update(steps[step], completed=done, total=total)

    try:
        yield show
    finally:
        if steps:
            bar.stop()


def plain_table(*headers: str, title: str | None = None) -> Table:
    """Create a table without vertical lines, narrow enough for 80 columns."""
    return Table(*headers, title=title, box=box.SIMPLE_HEAD, pad_edge=False)


def print_line(console: Console, line: str, *, style: str | None = None) -> None:
    """Print a line without markup, highlighting or wrapping."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def print_command(console: Console, *words: object) -> None:
    """Print a command on a line of its own, quoted for the shell."""
    print_line(console, shlex.join(map(str, words)))


def print_funnel(console: Console, funnel: Funnel) -> None:
    """Print the number of clips kept by each step of the funnel, with the paper's counts where reported."""
    from mma_bench.audioset.curation.comparison import NOTE, compare, paper_columns

    rows = compare(funnel)
    with_paper = paper_columns(rows)
    table = plain_table("clips", title="Funnel")
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
