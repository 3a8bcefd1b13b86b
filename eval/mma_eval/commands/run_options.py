"""Options that commands which run a model have in common: what they are called by, and what their help says."""

from __future__ import annotations

from typing import Annotated

import typer

from mma_bench.conditions import SPLITS

Adapter = Annotated[str | None, typer.Option(help="LoRA weights: a folder, a shipped name, a Hub id.")]
Data = Annotated[str, typer.Option(help="A built folder, or a dataset on the Hub.")]
Split = Annotated[str, typer.Option(help=f"{', '.join(SPLITS)}.")]
Revision = Annotated[str | None, typer.Option(help="Of the model on the Hub.")]
Dtype = Annotated[str | None, typer.Option(help="float32, bfloat16 or float16.")]
DeviceMap = Annotated[str | None, typer.Option(help="As in transformers; by default all GPUs.")]
Attention = Annotated[str | None, typer.Option(help="sdpa, eager or flash_attention_2.")]
Fps = Annotated[float | None, typer.Option(help="Frames per second.")]
MinPixels = Annotated[int | None, typer.Option(help="Of a frame; smaller ones are enlarged.")]
MaxPixels = Annotated[int | None, typer.Option(help="Of a frame; larger ones are reduced.")]
SystemPrompt = Annotated[str | None, typer.Option(help="By default the model's own.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Begin anew where another run is.")]
