"""`mma-bench space-folder`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def space_folder_command(
    out: Annotated[Path, typer.Argument(help="The folder to write.")],
    model: Annotated[str, typer.Option(help="That answers on a GPU: tiny-omni, or a Hub id.")] = "tiny-omni",
    adapter: Annotated[str | None, typer.Option(help="Hub id of its adapter; tiny-omni's own by default.")] = None,
    data: Annotated[str | None, typer.Option(help="Hub id of the dataset to choose clips from.")] = None,
    metric: Annotated[str | None, typer.Option(help="Hub id of the metric, to link to.")] = None,
    hardware: Annotated[str, typer.Option(help="By the Hub's name: zero-a10g, a10g-large, cpu-basic.")] = "zero-a10g",
) -> None:
    """Write the folder that is pushed as a Space: `python app.py` in it starts the page."""
    from mma_space.publish.folder import write_space_folder
    from mma_space.settings import Settings, adapter_of

    chosen = adapter_of(model, adapter)
    settings = Settings(model, chosen, data, metric=metric)
    written = write_space_folder(out, settings, hardware=hardware)
    size = sum(path.stat().st_size for path in written)
    typer.echo(f"{out}: {len(written)} files, {size / 1e6:.1f} MB")
    typer.echo(f"Publish it: mma-bench push space {out} --to ORG/NAME")
