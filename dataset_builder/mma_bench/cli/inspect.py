"""`mma-bench inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def inspect_command(
    what: Annotated[str, typer.Argument(metavar="ID", help="A clip, a row, or a media file such as clip.mp4.")],
    data: Annotated[Path, typer.Option(help="The dataset that has it.")] = Path("mma-bench"),
    out: Annotated[Path | None, typer.Option(help="The PNG to write; by default ID.png.")] = None,
) -> None:
    """Draw what a clip shows, sounds like and asks, in each condition, as one picture.

    An id that begins with a dash goes after two: `mma-bench inspect -- -abc_30000`.
    """
    from mma_bench.dataset.contact_sheet import inspect

    typer.echo(inspect(what, data=data, out=out))
