"""Declare model options for commands, and derive the frame sampling from them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

_FPS = 2.0
"""Default frames per second, used by the preprocessing of all model families."""


SYSTEM_PROMPTS: Mapping[str, str] = {
    "qwen": (
        "You are Qwen, a virtual human developed by the Qwen Team, Alibaba Group, capable of perceiving auditory and "
        "visual inputs, as well as generating text and speech."
    )
}
"""System prompts by name; qwen is shown in the authors' heat map of Qwen2.5-Omni (Figure 19)."""


def system_prompt_of(option: str | None) -> str | None:
    """Return the system prompt that an option names; any other text is the prompt itself."""
    return SYSTEM_PROMPTS.get(option, option) if option else option


Adapter = Annotated[str | None, typer.Option(help="LoRA weights: a folder, a shipped name, a Hub id.")]


@dataclass(frozen=True, kw_only=True)
class LocalOptions:
    """Options of a model that runs in this process; None selects the checkpoint's value or the family's default."""

    revision: Annotated[str | None, typer.Option(help="Revision of the model on the Hub.")] = None
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16 or float16.")] = None
    """Data type of the weights; by default the checkpoint's on a GPU, float32 on a CPU."""
    device_map: Annotated[str | None, typer.Option(help="As in transformers; by default all GPUs.")] = None
    attention: Annotated[str | None, typer.Option(help="sdpa, eager or flash_attention_2.")] = None
    fps: Annotated[float | None, typer.Option(help="Frames per second.")] = None
    min_pixels: Annotated[int | None, typer.Option(help="Pixels of a frame below which it is enlarged.")] = None
    max_pixels: Annotated[int | None, typer.Option(help="Pixels of a frame above which it is reduced.")] = None
    system_prompt: Annotated[
        str | None,
        typer.Option(help="A text, or qwen for the one in the paper's Figure 19; by default the model's own."),
    ] = None
    max_new_tokens: Annotated[int | None, typer.Option(help="By default 64; 1024 for cot.")] = None


@dataclass(frozen=True, kw_only=True)
class OmniOptions(LocalOptions):
    """Options of a Qwen Omni model."""

    adapter: Adapter = None


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Options of a model behind a server; None selects the model's default."""

    base_url: Annotated[str | None, typer.Option(help="URL of the server (openai:, gemini:).")] = None
    concurrency: Annotated[int | None, typer.Option(help="Clips that a server is asked about at once.")] = None
    timeout: Annotated[float | None, typer.Option(help="Seconds a server may take for an answer.")] = None
    media: Annotated[str | None, typer.Option(help="openai: video, or frames for servers without video.")] = None
    sound: Annotated[
        str | None, typer.Option(help="openai: beside the video, or in-video for servers that read it there.")
    ] = None
    stream: Annotated[bool | None, typer.Option("--stream", help="openai: ask for streamed replies.")] = None
    one_medium: Annotated[bool | None, typer.Option("--one-medium", help="openai: send one medium per message.")] = None
    extra_body: Annotated[
        str | None, typer.Option(metavar="JSON", help="openai: fields to add to each request; published with the run.")
    ] = None
    thinking_budget: Annotated[int | None, typer.Option(help="gemini: thinking tokens per answer, 0 for none.")] = None
    price: Annotated[
        str | None, typer.Option(metavar="IN,OUT", help="US dollars per million tokens, where the price is unknown.")
    ] = None


def chosen(adapter: str | None, *groups: LocalOptions | ServerOptions) -> dict[str, Any]:
    """Merge options into keyword arguments of a model's class; None selects the model's default."""
    return {"adapter": adapter} | {name: value for group in groups for name, value in asdict(group).items()}


@dataclass(frozen=True)
class Sampling:
    """Frame rate and frame size for decoding clips."""

    fps: float
    size: tuple[int, int] | None
    """(height, width) of every frame if the checkpoint requires a fixed size, else None."""
    min_pixels: int | None
    max_pixels: int | None


def sampling_of(options: LocalOptions, own: Mapping[str, float] | None, default_pixels: tuple[int, int]) -> Sampling:
    """Choose the frame sampling from the user's options, then the checkpoint's config, then the family's defaults.

    Args:
        options: the user's options.
        own: fps, height and width from the checkpoint's config, if present.
        default_pixels: minimum and maximum pixels per frame in the family's preprocessing.
    """
    fps = options.fps or (own["fps"] if own else _FPS)
    if own and not options.max_pixels:
        return Sampling(fps, (int(own["height"]), int(own["width"])), None, None)
    least, most = default_pixels
    most = options.max_pixels or most
    return Sampling(fps, None, min(options.min_pixels or least, most), most)
