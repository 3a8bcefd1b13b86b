"""What a fetch is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from mma_bench.audioset.fetching.reasons import PASSING, Reason
from mma_bench.core.errors import OptionsError


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """The options of `mma-bench fetch`.

    Raises:
        OptionsError: a value is impossible.
    """

    manifest: Path
    out: Path = Path("clips")
    """The folder of clips; `attrition.csv` in it accounts for each."""
    jobs: int = 4
    """Downloads at a time, each in a process of its own."""
    pause: float = 1.0
    """Seconds between the beginnings of two downloads, at least."""
    attempts: int = 4
    """Tries per clip where the network fails."""
    backoff: float = 5.0
    """Seconds before the second try; twice as many before each further one."""
    timeout: float = 900.0
    """Seconds that a try may take."""
    min_seconds: float = 3.0
    """A recording that ends before its clip does is kept if it has so much of it. AudioSet's times are not always those
    of the recording, and among the clips that the authors show are some of 5 s."""
    max_height: int = 720
    """Pixels: larger recordings are not asked for where there are smaller ones, and are scaled down where not."""
    retry: tuple[str, ...] = ()
    """Reasons besides `PASSING`: clips that an earlier run lost for them are tried again."""
    limit: int | None = None
    """Clips per split, evenly over the classes: to try it out."""
    yt_dlp: tuple[str, ...] = field(default=())
    """Command-line options of yt-dlp, such as `--cookies FILE` or `--proxy URL`."""

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

    def tries_again(self, reason: str) -> bool:
        """Whether clips that were lost for this reason are tried again."""
        return reason in PASSING or reason in self.retry
