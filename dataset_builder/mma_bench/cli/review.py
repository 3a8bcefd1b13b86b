"""Commands for annotators' decisions: `mma-bench review` and `mma-bench consensus`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mma_bench.verification.options import ReviewOptions


def review_command(options: ReviewOptions) -> None:
    """Watch clip after clip in a browser and decide: does its class show, sound and move? Keys do everything.

    Each decision is saved before the next clip is shown. Close the page at any time: the same command continues.
    """
    from mma_bench.cli.review_report import print_beginning, print_end
    from mma_bench.verification.page.review import review

    console = Console()
    session = review(options, on_start=lambda session, url: print_beginning(console, session, url, options))
    print_end(console, session, options)


def consensus_command(
    first: Annotated[Path, typer.Argument(help="One annotator's votes, as `mma-bench review` writes them.")],
    second: Annotated[Path, typer.Argument(help="The other annotator's votes on the same clips.")],
    out: Annotated[Path, typer.Option(help="The manifest to write; a table of split votes goes beside it.")] = Path(
        "verified.parquet"
    ),
    undecided: Annotated[
        str,
        typer.Option(
            help="Clips without two votes: `refuse` to go on, or `discard` them, for example where a file is gone."
        ),
    ] = "refuse",
) -> None:
    """Keep the clips that both annotators passed: a manifest for `mma-bench build`.

    A split vote discards a clip. Print how far the annotators agree, where they differ, and the funnel.
    """
    from mma_bench.cli.review_report import print_consensus
    from mma_bench.verification.consensus import consensus_of, write_consensus

    how: Any = undecided
    consensus = consensus_of(first, second, undecided=how)
    print_consensus(Console(), consensus, write_consensus(consensus, out))
