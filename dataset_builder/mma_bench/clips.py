"""A clip before anything was done to it, and after it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mma_bench.conditions import Split
from mma_bench.errors import ClipProblem


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
    picture_seconds: float
    youtube_id: str | None
    start_seconds: float
    end_seconds: float
    source_sha256: str
    bytes: int
    """Size of mp4 and flac together."""


@dataclass(frozen=True)
class DroppedClip:
    """A clip that cannot be used, and why: a row of attrition.csv."""

    clip_id: str
    problem: ClipProblem
    detail: str
    split: Split | None = None
    class_name: str | None = None
