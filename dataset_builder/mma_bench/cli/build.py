"""`mma-bench build`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.cli.printing import progress_bar


def build_command(
    source: Annotated[
        str,
        typer.Option(help="`synthetic`, a folder (by class, or with clips.csv), or a manifest: a file or a dataset."),
    ] = "synthetic",
    clips: Annotated[Path | None, typer.Option(help="The folder that holds a manifest's clips.")] = None,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("mma-bench"),
    conditions: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = None,
    splits: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(SPLITS)}.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of pairing, captions, random text and synthetic clips.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Processes; by default one per core.")] = None,
    limit: Annotated[int | None, typer.Option(help="Clips per split; for `synthetic`, clips to draw.")] = None,
    size: Annotated[
        int | None, typer.Option(help="Side in pixels of training clips (by default 504) and synthetic ones (224).")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length in seconds of training and synthetic clips.")] = 10.0,
    train_swaps: Annotated[int, typer.Option(help="Donors per train clip, each of another class.")] = 10,
    long_context: Annotated[
        int | None, typer.Option(help="Random letters; by default 10000, for `synthetic` 1000.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="Rebuild the rows of this folder or `org/name`.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first clip that cannot be used.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset that was built with other options.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be built, with sizes; write nothing.")
    ] = False,
) -> None:
    """Build the dataset: from clips to a folder that `load_dataset` reads.

    After an interruption, the same command continues.
    """
    from mma_bench.benchmark.distractors import LongContext
    from mma_bench.builder.options import BuildOptions

    options = BuildOptions(
        source=source,
        clips=clips,
        out=out,
        conditions=tuple(dict.fromkeys(conditions or CONDITIONS)),
        splits=tuple(dict.fromkeys(splits or SPLITS)),
        seed=seed,
        workers=(os.cpu_count() or 1) if workers is None else workers,
        limit=limit,
        size=size,
        seconds=seconds,
        train_swaps=train_swaps,
        long_context=LongContext(tokens=long_context) if long_context is not None else None,
        plan=plan,
        strict=strict,
        overwrite=overwrite,
    )
    console = Console()
    if dry_run:
        from mma_bench.builder.estimate import estimate
        from mma_bench.cli.build_report import print_estimate

        print_estimate(console, estimate(options))
        return
    from mma_bench.builder.build import build
    from mma_bench.cli.build_report import print_report

    with progress_bar("clips") as show:
        report = build(options, progress=show)
    print_report(console, report)
