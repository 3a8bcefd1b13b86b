"""The options of a command that a model's class takes: defined once, for all commands that ask models."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer


def _model_options(
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
    base_url: Annotated[str | None, typer.Option(help="Of the server (openai:, gemini:).")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Clips asked at once of a server.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds a server may take for an answer.")] = None,
    media: Annotated[str | None, typer.Option(help="openai: video, or frames for servers without video.")] = None,
    price: Annotated[
        str | None, typer.Option(metavar="IN,OUT", help="US dollars per million tokens, where it is not known.")
    ] = None,
) -> None: ...


def with_model_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets them by name, as keywords that it does not name itself."""
    own = [p for p in _parameters(command) if p.kind is not p.VAR_KEYWORD]
    options = _parameters(_model_options)

    @functools.wraps(command)
    def wrapped(*arguments: Any, **named: Any) -> None:
        command(*arguments, **named)

    wrapped.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*(p.replace(kind=p.KEYWORD_ONLY) for p in own), *options]
    )
    return wrapped


def _parameters(function: Callable[..., None]) -> list[inspect.Parameter]:
    return list(inspect.signature(function, eval_str=True).parameters.values())
