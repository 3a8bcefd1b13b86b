"""`mma-bench review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def review_command(
    checks: Annotated[Path, typer.Argument(help="Of `mma-bench check`; or a manifest that nothing checked.")],
    annotator: Annotated[str, typer.Option(help="Who decides; letters, digits, -, _ and . only.")],
    clips: Annotated[Path, typer.Option(help="The folder of clips.")] = Path("clips"),
    out: Annotated[
        Path | None,
        typer.Option(help="The file of votes; by default ANNOTATOR.parquet."),
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="Repeatable: whose clips are reviewed; `test` if nothing is said.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in, who could vote as you.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="By default 7860, or the next that is free.", min=0, max=65535)
    ] = None,
) -> None:
    """Watch clip after clip in a browser and decide: does its class show, sound and move? Keys do everything.

    Each decision is on the disk before the next clip is shown. Close it at any time: the same command goes on.
    """
    from rich.console import Console

    from mma_bench.cli.review_report import print_beginning, print_end
    from mma_bench.verification.opening import ReviewOptions
    from mma_bench.verification.review import review

    console = Console()
    splits: Any = tuple(dict.fromkeys(split)) if split else None
    options = ReviewOptions(
        checks=checks, annotator=annotator, clips=clips, out=out, splits=splits, host=host, port=port
    )
    session = review(options, tell=lambda running: print_beginning(console, running, options))
    print_end(console, session, options)
