"""Output shared by several commands: the progress bar, tables, and the funnel of clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mma_bench.manifest.funnel import Funnel


@contextmanager
def progress_bar(unit: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar per step, in `unit`, on standard error; nothing appears before the first step.

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


def plain_table(*headers: str, counts: Iterable[str] = (), title: str | None = None) -> Table:
    """Create a table without vertical lines; `headers` name left-aligned columns, `counts` right-aligned ones."""
    table = Table(*headers, title=title, box=box.SIMPLE_HEAD, pad_edge=False)
    for header in counts:
        table.add_column(header, justify="right")
    return table


def print_line(console: Console, line: str, *, style: str | None = None) -> None:
    """Print a line without markup, highlighting or wrapping."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def print_funnel(console: Console, funnel: Funnel) -> None:
    """Print the number of clips kept by each step of the funnel, with the paper's counts where reported."""
    from mma_bench.audioset.curation.comparison import NOTE, funnel_table

    columns, rows = funnel_table(funnel)
    table = plain_table("clips", counts=columns, title="Funnel")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    if "paper" in columns:
        console.print(f"{NOTE}.", style="dim", highlight=False)
