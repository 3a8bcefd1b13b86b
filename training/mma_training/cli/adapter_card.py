"""`mma-bench adapter-card`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def adapter_card_command(
    adapter: Annotated[Path, typer.Argument(help="The folder that `mma-bench train` wrote.")],
    base: Annotated[Path, typer.Option(help="The run folder of its base alone.")],
    tuned: Annotated[Path, typer.Option(help="The run folder of its base with it.")],
    dataset_id: Annotated[
        str | None, typer.Option(help="The dataset's id on the Hub: results are then written where the Hub reads them.")
    ] = None,
) -> None:
    """Put two runs' scores into an adapter's card, with the differences and their significance."""
    from mma_training.adapter.scores import keep_scores

    for path in keep_scores(adapter, base, tuned, dataset_id=dataset_id):
        typer.echo(path)
