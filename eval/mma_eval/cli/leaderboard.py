"""`mma-bench leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


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
        bool, typer.Option("--check", help="Write nothing: only say whether the runs are accepted.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing where a run is refused.")] = False,
) -> None:
    """Check runs against the dataset and rank them, beside what the paper reports.

    A run that is refused is named with every reason. With --check or --strict the exit status is 1 then.
    """
    from mma_eval.cli.board_table import print_board, print_refused
    from mma_eval.leaderboard.board import make_board
    from mma_eval.leaderboard.write import review_all, write_board

    console = Console()
    reviewed = review_all(runs or (), data or ("mma-bench",))
    board = make_board(reviewed.entries)
    print_board(console, board)
    print_refused(console, reviewed.refused)
    count = f"{len(reviewed.entries)} accepted, {len(reviewed.refused)} refused"
    if not check and not (strict and reviewed.refused):
        page = write_board(board, out)
        console.print(f"{count}: {page}, leaderboard.md, leaderboard.json", soft_wrap=True, highlight=False)
    else:
        console.print(f"{count}; nothing was written", highlight=False)
    if reviewed.refused and (check or strict):
        raise typer.Exit(1)
