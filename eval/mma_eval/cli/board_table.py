"""A leaderboard on the terminal, and why runs are not on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_eval.leaderboard.board import Board
from mma_eval.leaderboard.review import Refused
from mma_eval.leaderboard.rules import SCORE_CONDITION
from mma_eval.leaderboard.tables import ranking

_DETAILED, _NARROW = 3, 8
"""Columns with their intervals, and all that a terminal has room for: rank, model, score; then up to the pairs."""


def print_board(console: Console, board: Board) -> None:
    """The ranking of each dataset."""
    for section in board.sections:
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


def print_refused(console: Console, refused: Sequence[Refused]) -> None:
    """Every reason why a run was refused."""
    for run in refused:
        console.print(f"[red]refused[/] {escape(run.name)}", soft_wrap=True, highlight=False)
        for fault in run.faults:
            console.print(f"  {escape(str(fault))}", soft_wrap=True, highlight=False)
