"""`mma-bench eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_bench.core.errors import OptionsError
from mma_eval.cli.model_options import Adapter, Data, Overwrite, Split, local_options, server_options, with_options


@with_options(local_options, server_options)
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
        list[int] | None, typer.Option(help="Repeatable: 0 lists the options in order, another shuffles them.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Clips, spread over the classes.")] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only the I-th of N parts; the last merges all.")] = "1/1",
    out: Annotated[Path | None, typer.Option(help="The run folder; by default runs/MODEL[+ADAPTER].")] = None,
    max_cost: Annotated[float | None, typer.Option(help="US dollars; asking stops there.")] = None,
    tries: Annotated[int, typer.Option(help="How often a question is asked when the model fails.")] = 2,
    overwrite: Overwrite = False,
    **model_options: Any,
) -> None:
    """Ask a model the questions of a dataset, write its answers down and score them.

    Run it again after an interruption, or to ask failed questions again: it continues.
    """
    from mma_eval.cli.live_table import live_table
    from mma_eval.evaluation import evaluate
    from mma_eval.run.options import EvalOptions

    options = EvalOptions(
        model=model,
        model_options={"adapter": adapter, **model_options},
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


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    try:
        return int(part), int(parts)
    except ValueError as error:
        raise OptionsError(f"--shard {text}: expected I/N, such as 1/4") from error
