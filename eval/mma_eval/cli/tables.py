"""Print scores on the terminal: a live table during an evaluation, and a final table."""

import shlex
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from mma_eval.run.resume import RunProgress, Watch
from mma_eval.scoring.metrics import Metrics

_REDRAWN = 2  # times a second
_REPORTED = 30.0  # seconds between lines where there is no terminal


@contextmanager
def live_table(console: Console) -> Iterator[Watch]:
    """Show a live table inside a `with` block; yield the callback that updates it, for `watch` of `evaluate`."""
    began, said = time.monotonic(), [0.0]
    counts: Counter[tuple[str, ...]] = Counter()
    bar = Progress(
        TextColumn("questions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, expand=False
    )
    task = bar.add_task("questions", total=None)

    def watch(progress: RunProgress, made: list[Prediction]) -> None:
        for p in made:
            outcome = "answered" if p.error is None else "failed"
            counts[p.condition, p.variant, p.prompt, outcome] += 1
            right = p.error is None and read_answer(p.answer, p.options, p.prompt, p.ended).class_name == p.reference
            counts[p.condition, p.variant, p.prompt, "right"] += right
        bar.update(task, total=progress.questions, completed=progress.answered)
        if console.is_terminal:
            live.update(Group(_table(counts), bar, Text(_told(progress), style="dim")))
        elif time.monotonic() - began - said[0] > _REPORTED:
            said[0] = time.monotonic() - began
            console.print(f"{progress.answered} of {progress.questions} questions answered; {_told(progress)}")

    live = Live(console=console, refresh_per_second=_REDRAWN, transient=True, auto_refresh=console.is_terminal)
    with live:
        yield watch


def _table(counts: Counter[tuple[str, ...]]) -> Table:
    def cell(*cell: str) -> str:
        answered, right, failed = (counts[*cell, outcome] for outcome in ("answered", "right", "failed"))
        shown = [f"{100 * right / answered:5.1f} % of {answered}"] if answered else []
        return ", ".join([*shown, *([f"{failed} failed"] if failed else [])])

    table = Table("condition", "asked as", "visual question", "audio question", box=None, header_style="dim")
    order = list(CONDITIONS)
    for row in sorted({key[:2] for key in counts}, key=lambda row: (order.index(row[0]), row[1])):
        table.add_row(*row, *(cell(*row, prompt) for prompt in PROMPTS))
    return table


def _told(progress: RunProgress) -> str:
    spent = f"; ${progress.spent:.2f} spent" if progress.spent else ""
    if progress.estimate is not None:
        spent += f" (before it began: {progress.estimate})"
    return f"the model waited for clips {100 * progress.clock.share_waiting:.0f} % of the time{spent}"


def print_scores(console: Console, report: RunReport, *, runs: Sequence[Path] = (), more: Sequence[str] = ()) -> None:
    """Print a run's scores and the command that creates its report; print only a note while other parts are missing.

    `runs` are the run folders named in that command, by default only this run; `more` are its other arguments.
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
    """Print a row per cell: accuracy with its interval, accuracy of valid answers, chance, and the other outcomes."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("condition", "asked\nabout"):
        table.add_column(column, no_wrap=True)
    for column in ("n", "accuracy", "95 %\ninterval", "of\nvalid", "chance"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("answers that were\nnot grounded, %", overflow="fold")
    for cell in metrics.cells:
        variant = "" if cell.variant == "plain" else f", {cell.variant}"
        others = [(name, rate) for name, rate in cell.outcomes.items() if name != "grounded" and rate]
        table.add_row(
            f"{cell.condition}{variant}",
            cell.prompt,
            f"{cell.n:,}",
            f"{100 * cell.accuracy:.1f}{'*' if (cell.condition, cell.prompt) in ABSENT else ''}",
            f"{100 * cell.ci_low:.1f}-{100 * cell.ci_high:.1f}",
            "" if cell.accuracy_valid is None else f"{100 * cell.accuracy_valid:.1f}",
            f"{100 * cell.chance:.1f}",
            ", ".join(f"{name.replace('_', ' ')} {100 * rate:.1f}" for name, rate in others),
        )
    console.print(table)
    if any((cell.condition, cell.prompt) in ABSENT for cell in metrics.cells):
        console.print(
            "* the modality asked about is absent: accuracy is the paper's, naming the clip's class, which only the "
            "other sense tells; rightly abstaining shows among the answers",
            style="dim",
        )
    if metrics.is_often_cut_off:
        share = f"{metrics.cut_off:,} of {metrics.n:,} answers ({100 * metrics.cut_off / metrics.n:.0f} %)"
        console.print(
            f"{share} were cut off at the limit of tokens; those that had announced nothing count as wrong. Raise it "
            "with --max-new-tokens",
            style="yellow",
        )
    if metrics.partial:
        console.print("questions of the dataset are missing here", style="yellow")
