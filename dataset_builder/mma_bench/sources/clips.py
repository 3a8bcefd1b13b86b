"""A clip before anything was done to it, and after it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import ClipError, ClipProblem


class Drawing(Protocol):
    """Media that is made rather than found."""

    def render(self) -> bytes:
        """The clip as an mp4."""
        ...


@dataclass(frozen=True, slots=True)
class SourceClip:
    """A clip as its source lists it; nothing of its media was read yet."""

    clip_id: str
    class_name: str
    split: Split
    media: Path | Drawing
    youtube_id: str | None = None
    start_seconds: float = 0.0
    end_seconds: float | None = None
    """None: the clip's own length."""


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip that passed verification, in the form that rows are made from."""

    clip_id: str
    class_name: str
    split: Split
    mp4: Path
    """A standard mp4; the source's own file where that is one."""
    flac: Path
    """Its sound, 16 kHz mono."""
    youtube_id: str | None
    start_seconds: float
    end_seconds: float
    source_sha256: str
    stamp: tuple[int, int]
    """Size and time of change (ns) of `mp4` when it was verified."""
    bytes: int
    """Size of mp4 and flac together."""

    def require_unchanged(self) -> None:
        """Make sure that the rows are made from what was verified.

        Raises:
            ClipError: the file is gone or another one.
        """
        if not self.mp4.exists() or stamp_of(self.mp4) != self.stamp:
            detail = "its file was replaced or removed while the dataset was built; run the same command again"
            raise ClipError(self.clip_id, "damaged", detail)


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of change (ns) of a file."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@dataclass(frozen=True)
class DroppedClip:
    """A clip that cannot be used, and why: a row of attrition.csv."""

    clip_id: str
    problem: ClipProblem
    detail: str
    split: Split | None = None
    class_name: str | None = None
    file: str = ""
    """Relative to the source."""
