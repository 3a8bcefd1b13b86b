"""`mma-bench consensus`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def consensus_command(
    first: Annotated[Path, typer.Argument(help="One annotator's votes, as `mma-bench review` writes them.")],
    second: Annotated[Path, typer.Argument(help="The other's, on the same clips.")],
    out: Annotated[Path, typer.Option(help="The manifest to write; the split votes go beside it.")] = Path(
        "verified.parquet"
    ),
    undecided: Annotated[
        str, typer.Option(help="Clips without both votes: `refuse` them, or `discard` them, as where a file is gone.")
    ] = "refuse",
) -> None:
    """Keep the clips that both annotators passed: a manifest for `mma-bench build`.

    A split vote discards a clip. Prints how far the two agree, where they differ, and the funnel to here.
    """
    from rich.console import Console

    from mma_bench.cli.consensus_report import print_consensus
    from mma_bench.verification.consensus_file import consensus_of, write_consensus

    how: Any = undecided
    consensus = consensus_of(first, second, undecided=how)
    print_consensus(Console(), consensus, write_consensus(consensus, out))
