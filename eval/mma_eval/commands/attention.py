"""`mma-bench attention`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mma_bench.conditions import CONDITIONS, SPLITS


def attention_command(
    model: Annotated[
        str, typer.Option(help="tiny-omni, or a folder or Hub id of Qwen2.5-Omni or Qwen3-Omni.")
    ] = "tiny-omni",
    adapter: Annotated[str | None, typer.Option(help="LoRA weights: a folder, a shipped name, a Hub id.")] = None,
    data: Annotated[str, typer.Option(help="A built folder, or a dataset on the Hub.")] = "mma-bench",
    split: Annotated[str, typer.Option(help=f"{', '.join(SPLITS)}.")] = "test",
    conditions: Annotated[
        list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}; by default the first two.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Clips, spread over the classes.")] = 100,
    out: Annotated[Path | None, typer.Option(help="The run folder; by default runs/MODEL[+ADAPTER]-attention.")] = None,
    revision: Annotated[str | None, typer.Option(help="Of the model on the Hub.")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16 or float16.")] = None,
    device_map: Annotated[str | None, typer.Option(help="As in transformers; by default all GPUs.")] = None,
    attention: Annotated[str | None, typer.Option(help="sdpa, eager or flash_attention_2.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second.")] = None,
    min_pixels: Annotated[int | None, typer.Option(help="Of a frame; smaller ones are enlarged.")] = None,
    max_pixels: Annotated[int | None, typer.Option(help="Of a frame; larger ones are reduced.")] = None,
    system_prompt: Annotated[str | None, typer.Option(help="By default the model's own.")] = None,
    max_new_tokens: Annotated[int | None, typer.Option(help="By default 64.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew where another run is.")] = False,
) -> None:
    """Ask both questions about clips, and keep what attention the answers pay to video, audio and text.

    The answers are those of `mma-bench eval`. Run it again after an interruption: it continues.
    """
    from mma_eval.attention.run import measure_attention
    from mma_eval.commands.live_table import live_table
    from mma_eval.options import EvalOptions

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
        },
        data=data,
        split=split,
        conditions=tuple(dict.fromkeys(conditions or ("aligned", "misaligned"))),
        limit=limit,
        out=out,
        overwrite=overwrite,
    )
    console = Console()
    with live_table(Console(stderr=True)) as watch:
        report = measure_attention(options, watch=watch)
    from mma_eval.commands.score_table import print_scores

    print_scores(console, report)
    console.print(f"{report.folder}/attention: Parquet, a row for each answer")
