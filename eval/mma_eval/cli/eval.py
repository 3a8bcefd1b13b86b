"""`mma-bench eval` and `mma-bench score`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_bench.core.errors import OptionsError
from mma_eval.cli.model_options import (
    Adapter,
    Data,
    MaxCost,
    Overwrite,
    ServerOptions,
    Split,
    Tries,
    chosen,
)
from mma_eval.models.omni_options import LocalOptions


def eval_command(
    model: Annotated[
        str,
        typer.Option(
            help="tiny-omni, a folder or Hub id (Qwen/Qwen2.5-Omni-7B), openai:NAME, gemini:NAME, predictions:FILE, "
            "constant:CLASS, random, or my.py:MyModel."
        ),
    ] = "tiny-omni",
    adapter: Adapter = None,
    data: Data = "mma-bench",
    split: Split = "test",
    conditions: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = None,
    prompts: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(PROMPTS)}.")] = None,
    variants: Annotated[
        list[str] | None, typer.Option(help=f"Repeatable: {', '.join(VARIANTS)}; by default plain.")
    ] = None,
    seeds: Annotated[
        list[int] | None,
        typer.Option(help="Repeatable: 0 lists the options in alphabetical order, others shuffle."),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Clips, evenly over the classes.")] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only the I-th of N parts; the last merges all.")] = "1/1",
    out: Annotated[Path | None, typer.Option(help="The run folder; by default runs/MODEL[+ADAPTER].")] = None,
    max_cost: MaxCost = None,
    tries: Tries = 2,
    overwrite: Overwrite = False,
    *,
    local: LocalOptions,
    server: ServerOptions,
) -> None:
    """Ask a model the questions of a dataset, write down its answers and score them.

    After an interruption, or to ask failed questions again, the same command continues.
    """
    from mma_eval.cli.live_table import live_table
    from mma_eval.evaluation import evaluate
    from mma_eval.run.options import EvalOptions

    options = EvalOptions(
        model=model,
        model_options=chosen(adapter, local, server),
        data=data,
        split=split,
        conditions=tuple(dict.fromkeys(conditions)) if conditions else None,
        prompts=tuple(prompts or PROMPTS),
        variants=tuple(variants or ("plain",)),
        seeds=tuple(seeds or (0,)),
        limit=limit,
        shard=_shard(shard),
        out=out,
        tries=tries,
        max_cost=max_cost,
        overwrite=overwrite,
    )
    with live_table(Console(stderr=True)) as watch:
        report = evaluate(options, watch=watch)
    from mma_eval.cli.score_table import print_scores

    print_scores(Console(), report)


def score_command(
    what: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or one predictions.jsonl.")],
    out: Annotated[Path | None, typer.Option(help="The run folder or the file to write.")] = None,
) -> None:
    """Score a file of predictions or a run folder again; merge several runs of one model by key first."""
    from mma_eval.cli.score_table import print_cells
    from mma_eval.scoring.scores import score_paths

    metrics, where = score_paths(what, out)
    console = Console()
    print_cells(console, metrics)
    console.print(f"{where}")


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    try:
        return int(part), int(parts)
    except ValueError as error:
        raise OptionsError(f"--shard {text}: expected I/N, such as 1/4") from error
