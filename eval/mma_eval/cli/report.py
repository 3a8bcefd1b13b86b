"""`mma-bench report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report_command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, such as runs/*.")],
    out: Annotated[Path, typer.Option(help="The HTML file; the Markdown is written beside it.")] = Path(
        "runs/report.html"
    ),
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="RUN RUN", help="Two runs to set against each other; by default base and tuned."),
    ] = None,
    failures: Annotated[int, typer.Option(help="Wrong answers to open, per condition and question.")] = 3,
) -> None:
    """Make one report of runs, as an HTML file that holds everything and as Markdown.

    Files among the arguments are passed over, so that `runs/*` may hold an older report.
    """
    from mma_eval.report.runs import without_answers
    from mma_eval.report.write import write_report

    empty = [run for run in runs if without_answers(run)]
    for run in empty:
        typer.echo(f"{run}: never got an answer, and is passed over", err=True)
    chosen = [run for run in runs if not _is_report(run) and run not in empty]
    report = write_report(chosen, out, compare=compare, failures=failures)
    typer.echo(f"{report.html} and {report.markdown}: {report.runs} run{'s' if report.runs > 1 else ''}")


def _is_report(path: Path) -> bool:
    return path.suffix in (".html", ".md") or path.name.endswith("_files")
