"""`mma-bench space`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def space_command(
    model: Annotated[str, typer.Option(help="As for `mma-bench eval`: tiny-omni, a folder, a Hub id.")] = "tiny-omni",
    adapter: Annotated[
        str | None,
        typer.Option(help="Its answers stand beside the base's; none for none."),
    ] = None,
    data: Annotated[str | None, typer.Option(help="A built dataset whose clips are offered; else drawn clips.")] = None,
    clips: Annotated[int, typer.Option(help="How many clips are offered.", min=3)] = 24,
    runs: Annotated[Path, typer.Option(help="A folder of run folders to show among the results.")] = Path("runs"),
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any that is free.", min=0, max=65535)] = 7860,
    waiting: Annotated[int, typer.Option(help="Visitors who may wait at once.", min=1)] = 24,
) -> None:
    """Open the page where clips are put in conflict and models asked."""
    from mma_space.serve import serve
    from mma_space.settings import Settings, adapter_of

    chosen = adapter_of(model, adapter)
    settings = Settings(model, chosen, data, clips, runs, waiting)
    serve(settings, host=host, port=port, tell=lambda address: typer.echo(f"{address} (Ctrl-C ends it)"))
