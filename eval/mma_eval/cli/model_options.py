"""Options of commands that ask models: defined once, and given to each command that takes them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from mma_bench.benchmark.conditions import SPLITS

Adapter = Annotated[str | None, typer.Option(help="LoRA weights: a folder, a shipped name, a Hub id.")]
Data = Annotated[str, typer.Option(help="A built folder, or a dataset on the Hub.")]
Split = Annotated[str, typer.Option(help=f"{', '.join(SPLITS)}.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Begin anew where other answers are.")]


def local_options(
    *,
    revision: Annotated[str | None, typer.Option(help="Of the model on the Hub.")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16 or float16.")] = None,
    device_map: Annotated[str | None, typer.Option(help="As in transformers; by default all GPUs.")] = None,
    attention: Annotated[str | None, typer.Option(help="sdpa, eager or flash_attention_2.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second.")] = None,
    min_pixels: Annotated[int | None, typer.Option(help="Of a frame; smaller ones are enlarged.")] = None,
    max_pixels: Annotated[int | None, typer.Option(help="Of a frame; larger ones are reduced.")] = None,
    system_prompt: Annotated[str | None, typer.Option(help="By default the model's own.")] = None,
    max_new_tokens: Annotated[int | None, typer.Option(help="By default 64; 1024 for cot.")] = None,
) -> None:
    """Of a model that runs here."""


def server_options(
    *,
    base_url: Annotated[str | None, typer.Option(help="Of the server (openai:, gemini:).")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Clips asked at once of a server.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds a server may take for an answer.")] = None,
    media: Annotated[str | None, typer.Option(help="openai: video, or frames for servers without video.")] = None,
    price: Annotated[
        str | None, typer.Option(metavar="IN,OUT", help="US dollars per million tokens, where it is not known.")
    ] = None,
) -> None:
    """Of a model behind a server."""


def with_options(*groups: Callable[..., None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of these groups; it gets them by name, as keywords that it does not name itself."""

    def given(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in _parameters(command) if p.kind is not p.VAR_KEYWORD]
        options = [option for group in groups for option in _parameters(group)]

        @functools.wraps(command)
        def wrapped(*arguments: Any, **named: Any) -> None:
            command(*arguments, **named)

        wrapped.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*(p.replace(kind=p.KEYWORD_ONLY) for p in own), *options]
        )
        return wrapped

    return given


def _parameters(function: Callable[..., None]) -> list[inspect.Parameter]:
    return list(inspect.signature(function, eval_str=True).parameters.values())
