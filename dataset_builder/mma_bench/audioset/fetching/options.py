"""The options of a fetch."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from mma_bench.audioset.fetching.reasons import TRANSIENT, Reason
from mma_bench.core.errors import OptionsError


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """The options of `mma-bench fetch`.

    Raises:
        OptionsError: a value is invalid.
    """

    manifest: Path
    """The clips to fetch."""
    out: Path = Path("clips")
    """Folder of the clips; its `attrition.csv` records the state of each."""
    jobs: int = 4
    """Number of simultaneous downloads, each in its own process."""
    pause: float = 1.0
    """Minimum seconds between the starts of two downloads."""
    attempts: int = 4
    """Attempts per clip after network failures."""
    backoff: float = 5.0
    """Seconds before the second attempt, doubled for each further one."""
    timeout: float = 900.0
    """Maximum duration of an attempt in seconds."""
    min_seconds: float = 3.0
    """Minimum seconds of a clip whose recording ends early. AudioSet's times do not always match the recording, and
    some of the authors' clips last only 5 s."""
    max_height: int = 720
    """Maximum height in pixels: a smaller format is downloaded if available, otherwise the clip is scaled down."""
    retry: tuple[str, ...] = ()
    """Reasons besides `TRANSIENT` for which lost clips are retried."""
    limit: int | None = None
    """Clips per split, balanced over the classes, for a trial run; None for all."""
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

    def is_retried(self, reason: str) -> bool:
        """Return whether clips lost for this reason are retried."""
        return reason in TRANSIENT or reason in self.retry
