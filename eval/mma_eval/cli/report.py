"""Commands `mma-bench report` and `mma-bench leaderboard`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from mma_eval.leaderboard.board import Section
    from mma_eval.leaderboard.entry import Refused

_DETAILED, _NARROW = 3, 8
"""Number of leading leaderboard columns printed with intervals, and number of columns printed."""


def report_command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, such as runs/*.")],
    out: Annotated[Path, typer.Option(help="The HTML file; the Markdown is written beside it.")] = Path(
        "runs/report.html"
    ),
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="RUN RUN", help="Two runs to compare; by default base and tuned."),
    ] = None,
    failures: Annotated[int, typer.Option(help="Wrong answers to show, per condition and question.")] = 3,
) -> None:
    """Write one report of runs, as a self-contained HTML file and as Markdown.

    Files among the arguments are ignored, so that `runs/*` may hold an older report.
    """
    from mma_eval.report.runs import without_answers
    from mma_eval.report.write import write_report

    empty = [run for run in runs if without_answers(run)]
    for run in empty:
        typer.echo(f"{run}: never got an answer, and is passed over", err=True)
    reports = [path for path in runs if path.suffix in (".html", ".md") or path.name.endswith("_files")]
    chosen = [run for run in runs if run not in reports and run not in empty]
    report = write_report(chosen, out, compare=compare, failures=failures)
    typer.echo(f"{report.html} and {report.markdown}: {report.runs} run{'s' if report.runs > 1 else ''}")


def leaderboard_command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RUN", exists=True, help="Run folders, or folders of run folders, such as runs."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Repeatable: a built folder, or a dataset on the Hub; by default mma-bench."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for leaderboard.json, .md and .html.")] = Path("leaderboard"),
    check: Annotated[
        bool, typer.Option("--check", help="Only check whether the runs are accepted; write nothing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing if a run is refused.")] = False,
) -> None:
    """Check runs against the dataset and rank them, beside what the paper reports.

    A refused run is named with every reason; with --check or --strict the exit status is then 1.
    """
    from mma_eval.leaderboard.board import ranked_sections
    from mma_eval.leaderboard.entry import admit_all
    from mma_eval.leaderboard.tables import write_board

    console = Console()
    entries, refused = admit_all(runs or (), data or ("mma-bench",))
    sections = ranked_sections(entries)
    _print_board(console, sections)
    _print_refused(console, refused)
    count = f"{len(entries)} accepted, {len(refused)} refused"
    if not check and not (strict and refused):
        page = write_board(sections, out)
        console.print(f"{count}: {page}, leaderboard.md, leaderboard.json", soft_wrap=True, highlight=False)
    else:
        console.print(f"{count}; nothing was written", highlight=False)
    if refused and (check or strict):
        raise typer.Exit(1)


def _print_board(console: Console, sections: Sequence[Section]) -> None:
    from mma_eval.leaderboard.rules import SCORE_CONDITION
    from mma_eval.leaderboard.tables import ranking

    for section in sections:
        found = ranking(section)
        console.print(f"{found.title}, where sight and sound conflict; in %", style="bold", highlight=False)
        table = Table(box=None, header_style="dim", pad_edge=False)
        for column in found.columns[:_NARROW]:
            justify: Literal["left", "right"] = "left" if column == "model" else "right"
            table.add_column(
                column.removeprefix(f"{SCORE_CONDITION}, ").replace(" ", "\n"), justify=justify, overflow="fold"
            )
        for row in found.rows:
            detailed = [escape("\n".join(filter(None, (cell.text, cell.detail)))) for cell in row[:_DETAILED]]
            table.add_row(*detailed, *(escape(cell.text) for cell in row[_DETAILED:_NARROW]))
        console.print(table)


def _print_refused(console: Console, refused: Sequence[Refused]) -> None:
    for run in refused:
        console.print(f"[red]refused[/] {escape(run.name)}", soft_wrap=True, highlight=False)
        for fault in run.faults:
            console.print(f"  {escape(str(fault))}", soft_wrap=True, highlight=False)
