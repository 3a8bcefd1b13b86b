"""Print the scores of a run as a table on the terminal."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mma_accuracy.outcomes import ABSENT
from mma_bench.cli.printing import print_line
from mma_eval.evaluation import RunReport
from mma_eval.report.runs import scope_of
from mma_eval.scoring.metrics import Metrics, MetricsCell


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
