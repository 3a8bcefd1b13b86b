"""`mma-bench eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mma_bench.conditions import CONDITIONS
from mma_bench.errors import OptionsError
from mma_bench.prompts import PROMPTS, VARIANTS
from mma_eval.commands.run_options import (
    Adapter,
    Attention,
    Data,
    DeviceMap,
    Dtype,
    Fps,
    MaxPixels,
    MinPixels,
    Overwrite,
    Revision,
    Split,
    SystemPrompt,
)


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
    revision: Revision = None,
    dtype: Dtype = None,
    device_map: DeviceMap = None,
    attention: Attention = None,
    fps: Fps = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
    system_prompt: SystemPrompt = None,
    max_new_tokens: Annotated[int | None, typer.Option(help="By default 64; 1024 for cot.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Of the server (openai:, gemini:).")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Clips asked at once of a server.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds a server may take for an answer.")] = None,
    media: Annotated[str | None, typer.Option(help="openai: video, or frames for servers without video.")] = None,
    price: Annotated[
        str | None, typer.Option(metavar="IN,OUT", help="US dollars per million tokens, where it is not known.")
    ] = None,
    max_cost: Annotated[float | None, typer.Option(help="US dollars; asking stops there.")] = None,
    tries: Annotated[int, typer.Option(help="How often a question is asked when the model fails.")] = 2,
    overwrite: Overwrite = False,
) -> None:
    """Ask a model the questions of a dataset, write its answers down and score them.

    Run it again after an interruption, or to ask failed questions again: it continues.
    """
    from mma_eval.commands.live_table import live_table
    from mma_eval.options import EvalOptions
    from mma_eval.run import evaluate

    options = EvalOptions(
        model=model,
        model_options={
            "adapter": adapter,
            "revision": revision,
            "dtype": dtype,
            "device_map": device_map,
            "attention": attention,
            "fps": fps,
            "min_pixels": min_pixels,
            "max_pixels": max_pixels,
            "system_prompt": system_prompt,
            "max_new_tokens": max_new_tokens,
            "base_url": base_url,
            "concurrency": concurrency,
            "timeout": timeout,
            "media": media,
            "price": price,
        },
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
    from mma_eval.commands.score_table import print_scores

    print_scores(Console(), report)


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    try:
        return int(part), int(parts)
    except ValueError as error:
        raise OptionsError(f"--shard {text}: expected I/N, such as 1/4") from error
