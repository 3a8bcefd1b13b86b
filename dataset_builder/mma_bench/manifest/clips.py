"""Clips of a manifest: location of the recording, time range, class and split."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mma_bench.benchmark.classes import class_name
from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import SourceError
from mma_bench.media import MAX_SECONDS

# Files are named by id. Other characters could escape the folder, hide the file, or look like a command-line option.
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")


@dataclass(frozen=True, slots=True)
class ManifestClip:
    """A clip, as a time range of a recording on YouTube or at a URL.

    Raises ValueError if a value is invalid; the message names the value and states what was expected.
    """

    clip_id: str
    class_name: str
    split: Split
    start_seconds: float
    """Start of the clip in the recording, in seconds."""
    end_seconds: float
    """End of the clip in the recording, in seconds."""
    youtube_id: str | None = None
    url: str | None = None
    """URL of the recording; None for YouTube."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.clip_id):
            raise ValueError(
                f"id {self.clip_id[:60]!r} is invalid; expected 1 to 200 letters, digits, dots, - or _, not starting "
                "with a dot"
            )
        if self.youtube_id is not None and not _YOUTUBE_ID.fullmatch(self.youtube_id):
            raise ValueError(f"youtube_id {self.youtube_id[:60]!r} is invalid; expected 11 letters, digits, - or _")
        if self.url is not None and not _URL.fullmatch(self.url):
            raise ValueError(f"url {self.url[:60]!r} is invalid; expected a URL that begins with http:// or https://")
        if self.youtube_id is None and self.url is None:
            raise ValueError(
                "neither youtube_id nor url is set; expected one of them, as the location of the recording"
            )
        start, end = self.start_seconds, self.end_seconds
        if not (0 <= start < end < math.inf and end - start <= MAX_SECONDS):
            raise ValueError(
                f"from {start} to {end} s is not a valid clip; expected a start of 0 or later, an end after it, and a "
                f"length of at most {MAX_SECONDS} s"
            )
        if self.split not in SPLITS:
            raise ValueError(f"split {self.split!r} is unknown; expected one of {', '.join(SPLITS)}")
        try:
            valid = class_name(self.class_name)
        except ValueError:
            valid = None
        if valid != self.class_name:
            raise ValueError(f"class {self.class_name[:60]!r} is invalid; expected a name such as Frying_food")

    @property
    def address(self) -> str:
        """URL of the recording."""
        return self.url or f"https://www.youtube.com/watch?v={self.youtube_id}"

    @property
    def file(self) -> str:
        """File name of the clip in a folder of clips."""
        return f"{self.clip_id}.mp4"


def clip_id(youtube_id: str, start_seconds: float) -> str:
    """Derive the id of an AudioSet clip.

    >>> clip_id("3CZ1i2_tKn0", 30.0)
    '3CZ1i2_tKn0_30000'
    """
    return f"{youtube_id}_{round(start_seconds * 1000)}"


def require_distinct_ids(clips: Iterable[ManifestClip], path: Path) -> None:
    """Reject ids that are equal or differ only in case: files are named by id, and some file systems ignore case.

    Raises SourceError if two clips would have the same file.
    """
    seen: dict[str, str] = {}
    for clip in clips:
        key = clip.clip_id.casefold()
        if key in seen:
            ids = f"{seen[key]} and {clip.clip_id}"
            raise SourceError(f"{path}: the ids {ids} would name the same file; use ids that differ in more than case")
        seen[key] = clip.clip_id
