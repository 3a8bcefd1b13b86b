"""The options of a fetch."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import typer

from mma_bench.audioset.fetching.reasons import TRANSIENT, Reason
from mma_bench.core.errors import OptionsError


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """The options of `mma-bench fetch`.

    Raises:
        OptionsError: a value is invalid.
    """

    manifest: Annotated[
        str,
        typer.Argument(help="The manifest, such as `mma-bench curate` writes; or a dataset, such as org/mma-bench."),
    ]
    yt_dlp: Annotated[
        tuple[str, ...],
        typer.Argument(metavar="-- YT_DLP_OPTIONS", help="Such as `-- --cookies FILE --proxy URL`."),
    ] = ()
    out: Annotated[Path, typer.Option(help="The folder to write clips into.")] = Path("clips")
    jobs: Annotated[int, typer.Option(help="Concurrent downloads.")] = 4
    pause: Annotated[float, typer.Option(help="Seconds between the starts of two downloads.")] = 1.0
    attempts: Annotated[int, typer.Option(help="Attempts per clip when the network fails.")] = 4
    backoff: Annotated[float, typer.Option(help="Seconds before the second attempt, doubled for each further one.")] = (
        5.0
    )
    timeout: Annotated[float, typer.Option(help="Seconds that an attempt may take.")] = 900.0
    min_seconds: Annotated[
        float, typer.Option(help="Seconds of its clip that a recording which ends early must have.")
    ] = 3.0
    """AudioSet's times do not always match the recording, and some of the authors' clips last only 5 s."""
    max_height: Annotated[int, typer.Option(help="Height in pixels above which recordings are scaled down.")] = 720
    """A smaller format is downloaded if available, otherwise the clip is scaled down."""
    retry: Annotated[
        tuple[str, ...],
        typer.Option(help="Repeatable: try clips again that were lost for this reason, such as `private`."),
    ] = ()
    """Reasons besides `TRANSIENT`."""
    limit: Annotated[int | None, typer.Option(help="Clips per split, evenly over the classes, for a trial.")] = None

    def __post_init__(self) -> None:
        for name, value, least in (
            ("--jobs", self.jobs, 1),
            ("--pause", self.pause, 0),
            ("--attempts", self.attempts, 1),
            ("--backoff", self.backoff, 0),
            ("--timeout", self.timeout, 1),
            ("--min-seconds", self.min_seconds, 0.5),
            ("--max-height", self.max_height, 16),
            ("--limit", self.limit, 1),
        ):
            if value is not None and not least <= value < math.inf:
                raise OptionsError(f"{name} {value}: expected at least {least}")
        unknown = [reason for reason in self.retry if reason not in get_args(Reason)]
        if unknown:
            raise OptionsError(f"--retry {unknown[0]}: expected one of {', '.join(get_args(Reason))}")

    def is_retried(self, reason: str) -> bool:
        """Return whether clips lost for this reason are retried."""
        return reason in TRANSIENT or reason in self.retry
