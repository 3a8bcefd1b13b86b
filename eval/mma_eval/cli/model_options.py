"""Options shared by the commands that ask a model, declared as dataclass fields."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from mma_bench.benchmark.conditions import SPLITS
from mma_eval.models.omni_options import LocalOptions

Adapter = Annotated[str | None, typer.Option(help="LoRA weights: a folder, a shipped name, a Hub id.")]
Data = Annotated[str, typer.Option(help="A built folder, or a dataset on the Hub.")]
Split = Annotated[str, typer.Option(help=f"{', '.join(SPLITS)}.")]
MaxCost = Annotated[float | None, typer.Option(help="US dollars after which no more questions are asked.")]
Tries = Annotated[int, typer.Option(help="Attempts per question when the model fails.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace answers that were given with other options.")]


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Options of a model behind a server."""

    base_url: Annotated[str | None, typer.Option(help="URL of the server (openai:, gemini:).")] = None
    concurrency: Annotated[int | None, typer.Option(help="Clips that a server is asked about at once.")] = None
    timeout: Annotated[float | None, typer.Option(help="Seconds a server may take for an answer.")] = None
    media: Annotated[str | None, typer.Option(help="openai: video, or frames for servers without video.")] = None
    price: Annotated[
        str | None, typer.Option(metavar="IN,OUT", help="US dollars per million tokens, where the price is unknown.")
    ] = None


def chosen(adapter: str | None, *groups: LocalOptions | ServerOptions) -> dict[str, Any]:
    """Merge options into keyword arguments of a model's class; None selects the model's default."""
    return {"adapter": adapter} | {name: value for group in groups for name, value in asdict(group).items()}
