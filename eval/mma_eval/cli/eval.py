"""Commands `mma-bench eval` and `mma-bench score`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mma_eval.models.options import Adapter, LocalOptions, ServerOptions, chosen
from mma_eval.run.options import EvalOptions


def eval_command(
    model: Annotated[
        str,
        typer.Option(
            help="tiny-omni, a folder or Hub id (Qwen/Qwen2.5-Omni-7B), openai:NAME, gemini:NAME, predictions:FILE, "
            "constant:CLASS, random, or my.py:MyModel."
        ),
    ] = "tiny-omni",
    adapter: Adapter = None,
    *,
    options: EvalOptions,
    local: LocalOptions,
    server: ServerOptions,
) -> None:
    """Ask a model the questions of a dataset, write down its answers and score them.

    After an interruption, or to ask failed questions again, the same command continues.
    """
    from mma_eval.cli.tables import live_table
    from mma_eval.evaluation import evaluate

    options = replace(options, model=model, model_options=chosen(adapter, local, server))
    with live_table(Console(stderr=True)) as watch:
        report = evaluate(options, watch=watch)
    from mma_eval.cli.tables import print_scores

    print_scores(Console(), report)


def score_command(
    what: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or one predictions.jsonl.")],
    out: Annotated[Path | None, typer.Option(help="The run folder or the file to write.")] = None,
) -> None:
    """Score a file of predictions or a run folder again; merge several runs of one model by key first."""
    from mma_eval.cli.tables import print_cells
    from mma_eval.scoring.metrics import score_paths

    metrics, where = score_paths(what, out)
    console = Console()
    print_cells(console, metrics)
    console.print(f"{where}")
