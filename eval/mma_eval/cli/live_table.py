"""Show preliminary scores in a terminal table during an evaluation."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mma_accuracy.reading import read_answer
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_eval.run.prediction import Prediction
from mma_eval.run.progress import RunProgress, Watch

_REDRAWN = 2  # times a second
_REPORTED = 30.0  # seconds between lines where there is no terminal


@dataclass
class _Cell:
    answers: int = 0
    right: int = 0
    errors: int = 0

    def __str__(self) -> str:
        errors = f", {self.errors} failed" if self.errors else ""
        return f"{100 * self.right / self.answers:5.1f} % of {self.answers}{errors}" if self.answers else errors[2:]


@dataclass
class _Standing:
    """Counts of the answers so far, per table cell."""

    cells: dict[tuple[str, str, str], _Cell] = field(default_factory=lambda: defaultdict(_Cell))

    def count(self, made: list[Prediction]) -> None:
        for p in made:
            cell = self.cells[p.condition, p.variant, p.prompt]
            if p.error is not None:
                cell.errors += 1
            else:
                cell.answers += 1
                cell.right += read_answer(p.answer, p.options).class_name == p.reference

    def table(self) -> Table:
        table = Table(box=None, header_style="dim")
        for column in ("condition", "asked as", "visual question", "audio question"):
            table.add_column(column)
        order = list(CONDITIONS)
        rows = sorted({(c, v) for c, v, _ in self.cells}, key=lambda row: (order.index(row[0]), row[1]))
        for condition, variant in rows:
            table.add_row(condition, variant, *(str(self.cells[condition, variant, p]) for p in PROMPTS))
        return table


@contextmanager
def live_table(console: Console) -> Iterator[Watch]:
    """Show a live table inside a `with` block, and yield the progress callback for `evaluate`."""
    standing, began, said = _Standing(), time.monotonic(), [0.0]
    bar = Progress(
        TextColumn("questions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, expand=False
    )
    task = bar.add_task("questions", total=None)

    def watch(progress: RunProgress, made: list[Prediction]) -> None:
        standing.count(made)
        bar.update(task, total=progress.questions, completed=progress.answered)
        if console.is_terminal:
            live.update(Group(standing.table(), bar, Text(_told(progress), style="dim")))
        elif time.monotonic() - began - said[0] > _REPORTED:
            said[0] = time.monotonic() - began
            console.print(f"{progress.answered} of {progress.questions} questions answered; {_told(progress)}")

    live = Live(console=console, refresh_per_second=_REDRAWN, transient=True, auto_refresh=console.is_terminal)
    with live:
        yield watch


def _told(progress: RunProgress) -> str:
    spent = f"; ${progress.spent:.2f} spent" if progress.spent else ""
    if progress.estimate is not None:
        spent += f" (before it began: {progress.estimate})"
    return f"the model waited for clips {100 * progress.clock.share_waiting:.0f} % of the time{spent}"
