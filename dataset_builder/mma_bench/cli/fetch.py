"""`mma-bench fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mma_bench.cli.progress import progress_bar


def fetch_command(
    manifest: Annotated[
        str,
        typer.Argument(help="The manifest, such as `mma-bench curate` writes; or a dataset, such as org/mma-bench."),
    ],
    yt_dlp: Annotated[
        list[str] | None,
        typer.Argument(metavar="-- YT_DLP_OPTIONS", help="Such as `-- --cookies FILE --proxy URL`."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder of clips.")] = Path("clips"),
    jobs: Annotated[int, typer.Option(help="Downloads at a time.")] = 4,
    pause: Annotated[float, typer.Option(help="Seconds between the beginnings of two downloads.")] = 1.0,
    attempts: Annotated[int, typer.Option(help="Tries per clip where the network fails.")] = 4,
    backoff: Annotated[float, typer.Option(help="Seconds before the second try, doubled for each further one.")] = 5.0,
    timeout: Annotated[float, typer.Option(help="Seconds that a try may take.")] = 900.0,
    min_seconds: Annotated[float, typer.Option(help="What a recording that ends early must have of its clip.")] = 3.0,
    max_height: Annotated[int, typer.Option(help="Pixels; larger recordings are scaled down.")] = 720,
    retry: Annotated[
        list[str] | None, typer.Option(help="Repeatable: try clips again that were lost so, such as `private`.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Clips per split, evenly over the classes: to try it out.")] = None,
) -> None:
    """Download the clips of a manifest and cut them out exactly; `attrition.csv` accounts for each.

    Run it again: what is there is verified and kept, what was lost to the network or a bot check is tried again.
    """
    from rich.console import Console

    from mma_bench.audioset.fetching.fetch import fetch
    from mma_bench.audioset.fetching.options import FetchOptions
    from mma_bench.cli.fetch_report import print_fetch
    from mma_bench.manifest.resolve import find_manifest

    options = FetchOptions(
        manifest=find_manifest(manifest),
        out=out,
        jobs=jobs,
        pause=pause,
        attempts=attempts,
        backoff=backoff,
        timeout=timeout,
        min_seconds=min_seconds,
        max_height=max_height,
        limit=limit,
        yt_dlp=tuple(yt_dlp or ()),
        retry=tuple(retry or ()),
    )
    with progress_bar("clips") as show:
        report = fetch(options, progress=show)
    print_fetch(Console(), report, manifest)
    if report.stopped or not report.present:
        raise typer.Exit(1)
