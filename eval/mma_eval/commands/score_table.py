"""What a run scored, as a table on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from mma_eval.run import RunReport

_FOLLOWED = ("other_modality", "caption", "abstained", "other_class", "off_list", "error")


def print_scores(console: Console, report: RunReport) -> None:
    """The cells of a run, or what is missing to score it."""
    if report.metrics is None:
        console.print(f"{report.folder}: this part is done; the run is scored when all parts are")
        return
    print_cells(console, report.metrics)
    if report.errors:
        console.print(
            f"{report.errors} questions have no answer: {report.folder}/predictions.jsonl says why; run it again"
        )
    console.print(f"{report.folder}: run.json, predictions.jsonl, metrics.json; `mma-bench report {report.folder}`")


def print_cells(console: Console, metrics: Mapping[str, Any]) -> None:
    """Accuracy with its interval, chance, and what the other answers were, per condition and prompt."""
    table = Table(box=None, header_style="dim")
    for column in ("condition", "asked about", "asked as"):
        table.add_column(column)
    for column in ("n", "accuracy", "95 %", "chance", *(name.replace("_", " ") for name in _FOLLOWED)):
        table.add_column(column, justify="right")
    for cell in metrics["cells"]:
        table.add_row(
            cell["condition"],
            cell["prompt"],
            cell["variant"],
            f"{cell['n']:,}",
            f"{100 * cell['accuracy']:.1f}",
            f"{100 * cell['ci_low']:.1f} to {100 * cell['ci_high']:.1f}",
            f"{100 * cell['chance']:.1f}",
            *(f"{100 * cell['outcomes'][name]:.1f}" if cell["outcomes"][name] else "" for name in _FOLLOWED),
        )
    console.print(table)
