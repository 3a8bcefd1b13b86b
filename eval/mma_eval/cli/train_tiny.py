"""`mma-bench train-tiny-omni`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mma_bench.cli.progress import progress_bar


def train_tiny_command(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("tiny-omni"),
    seed: Annotated[int, typer.Option(help="Of the clips, the weights and the lessons.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Processes and threads; by default one per core.")] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Only write the scores of this run folder into the card of `--out`.")
    ] = None,
) -> None:
    """Train tiny-omni, the small model that ships with the package, from scratch: some minutes on two cores."""
    if scores is not None:
        from mma_eval.tiny_omni.card import keep_scores

        typer.echo(keep_scores(out, scores))
        return
    from mma_eval.tiny_omni.train import RECIPE, train_tiny_omni

    with progress_bar("") as show:
        made = train_tiny_omni(out, RECIPE.with_(seed=seed), workers=workers, progress=show)
    typer.echo(
        f"{made.folder}: {made.parameters:,} parameters, {made.seconds:.0f} s; mma-bench eval --model {made.folder}"
    )
