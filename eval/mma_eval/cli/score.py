"""`mma-bench score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def score_command(
    what: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or one predictions.jsonl.")],
    out: Annotated[Path | None, typer.Option(help="The run folder, or the file, to write.")] = None,
) -> None:
    """Score a file of predictions or a run folder again; several runs of one model are merged by key first."""
    from mma_eval.cli.score_table import print_cells
    from mma_eval.scoring.scores import score_paths

    metrics, where = score_paths(what, out)
    console = Console()
    print_cells(console, metrics)
    console.print(f"{where}")
