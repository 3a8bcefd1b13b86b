"""`mma-bench build`."""

from typing import Annotated

import typer
from rich.console import Console

from mma_bench.builder.options import BuildOptions
from mma_bench.cli.printing import progress_bar


def build_command(
    options: BuildOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be built, with sizes; write nothing.")
    ] = False,
) -> None:
    """Build the dataset: from clips to a folder that `load_dataset` reads.

    After an interruption, the same command continues.
    """
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
