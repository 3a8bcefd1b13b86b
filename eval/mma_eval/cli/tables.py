"""Print the scores of a run on the terminal: a live table during an evaluation, and the final one."""

import shlex
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mma_accuracy.outcomes import ABSENT
from mma_accuracy.reading import read_answer
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.cli.printing import print_line
from mma_eval.evaluation import RunReport
from mma_eval.report.runs import scope_of
from mma_eval.run.prediction import Prediction
from mma_eval.run.progress import RunProgress, Watch
from mma_eval.scoring.metrics import Metrics, MetricsCell

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


def print_scores(console: Console, report: RunReport, *, runs: Sequence[Path] = (), more: Sequence[str] = ()) -> None:
    """Print the scores of a run and the command that creates its report, or a note if other parts are missing.

    Args:
        console: the console to print on.
        report: the report of the finished run.
        runs: the run folders to name in the command; by default this run.
        more: options to add to the command.
    """
    if report.metrics is None:
        console.print(f"{report.folder}: this part is done; the run is scored when all parts are")
        return
    print_cells(console, report.metrics)
    if said := scope_of(report.run):
        console.print(said, style="dim")
    if report.errors:
        console.print(
            f"{report.errors} questions have no answer: {report.folder}/predictions.jsonl says why; run it again"
        )
    console.print(f"{report.folder}: run.json, predictions.jsonl, metrics.json", soft_wrap=True, markup=False)
    print_line(console, shlex.join(map(str, ("mma-bench", "report", *(runs or [report.folder]), *more))))


def print_cells(console: Console, metrics: Metrics) -> None:
    """Print each cell: accuracy of all answers with its interval, accuracy of valid ones, chance, other outcomes."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("condition", "asked\nabout"):
        table.add_column(column, no_wrap=True)
    for column in ("n", "accuracy", "95 %\ninterval", "of\nvalid", "chance"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("answers that were\nnot grounded, %", overflow="fold")
    for cell in metrics.cells:
        variant = "" if cell.variant == "plain" else f", {cell.variant}"
        table.add_row(
            f"{cell.condition}{variant}",
            cell.prompt,
            f"{cell.n:,}",
            f"{100 * cell.accuracy:.1f}{'*' if (cell.condition, cell.prompt) in ABSENT else ''}",
            f"{100 * cell.ci_low:.1f}-{100 * cell.ci_high:.1f}",
            "" if cell.accuracy_valid is None else f"{100 * cell.accuracy_valid:.1f}",
            f"{100 * cell.chance:.1f}",
            ", ".join(f"{name.replace('_', ' ')} {100 * rate:.1f}" for name, rate in _others(cell)),
        )
    console.print(table)
    if any((cell.condition, cell.prompt) in ABSENT for cell in metrics.cells):
        console.print(
            "* the modality asked about is absent: accuracy is the paper's, naming the clip's class, which only the "
            "other sense tells; rightly abstaining shows among the answers",
            style="dim",
        )
    if metrics.partial:
        console.print("questions of the dataset are missing here", style="yellow")


def _others(cell: MetricsCell) -> list[tuple[str, float]]:
    return [(name, rate) for name, rate in cell.outcomes.items() if name != "grounded" and rate]
