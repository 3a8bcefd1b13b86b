"""Define the options of a review."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import OptionsError


@dataclass(frozen=True, kw_only=True)
class ReviewOptions:
    """The options of `mma-bench review`.

    Raises:
        OptionsError: a value is invalid.
    """

    checks: Annotated[
        Path, typer.Argument(help="The file that `mma-bench check` wrote, or a manifest that was never checked.")
    ]
    annotator: Annotated[str, typer.Option(help="The annotator's name: letters, digits, -, _ and . only.")]
    clips: Annotated[Path, typer.Option(help="The folder that holds the clips.")] = Path("clips")
    out: Annotated[Path | None, typer.Option(help="The file of votes to write; by default ANNOTATOR.parquet.")] = None
    splits: Annotated[
        tuple[Split, ...] | None, typer.Option("--split", help="Repeatable: a split to review; by default test.")
    ] = None
    """Splits to review; by default those of the existing votes, or `test` for a new review."""
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 admits others, who can then vote in your name.")
    ] = "127.0.0.1"
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; by default 7860, or the next free one.", min=0, max=65535)
    ] = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", self.annotator):
            raise OptionsError(
                f"--annotator {self.annotator[:60]!r}: not usable as a file name; use up to 60 letters, digits, -, _ "
                "and ., starting with a letter or a digit"
            )
        if self.splits:
            object.__setattr__(self, "splits", tuple(dict.fromkeys(self.splits)))
        for split in self.splits or ():
            if split not in SPLITS:
                raise OptionsError(f"--split {split}: expected one of {', '.join(SPLITS)}")
        if self.votes.resolve() == self.checks.resolve():
            raise OptionsError(f"--out {self.votes}: this is the file to review; choose another --out or --annotator")

    @property
    def votes(self) -> Path:
        """Path of the vote file."""
        return self.out or Path(f"{self.annotator}.parquet")
