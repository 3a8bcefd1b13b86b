"""Source clips, prepared clips, dropped clips, and the listing of a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.prompts import LongContext
from mma_bench.core.errors import ClipError, ClipProblem

if TYPE_CHECKING:  # pydantic and pyarrow would slow the start of each worker process
    from mma_bench.manifest.funnel import Funnel
    from mma_bench.manifest.manifest import Manifest
    from mma_bench.sources.synthetic.drawing import Drawing


@dataclass(frozen=True, slots=True)
class SourceClip:
    """A clip as listed by its source, before its media are read."""

    clip_id: str
    class_name: str
    split: Split
    media: Path | Drawing
    youtube_id: str | None = None
    start_seconds: float = 0.0
    end_seconds: float | None = None
    """None for the end of the file."""


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A validated clip with the files that its rows are built from."""

    clip_id: str
    class_name: str
    split: Split
    mp4: Path
    """A standard mp4; the source file itself if it is one."""
    flac: Path
    """Audio of the clip, 16 kHz mono."""
    youtube_id: str | None
    start_seconds: float
    end_seconds: float
    source_sha256: str
    stamp: tuple[int, int]
    """Size and modification time (ns) of `mp4` when it was validated."""
    bytes: int
    """Size of mp4 and flac together, in bytes."""

    def require_unchanged(self) -> None:
        """Raise a ClipError if `mp4` is gone or no longer the file that was validated."""
        if not self.mp4.exists() or stamp_of(self.mp4) != self.stamp:
            detail = "its file was replaced or removed while the dataset was built; run the same command again"
            raise ClipError(self.clip_id, "damaged", detail)


def stamp_of(path: Path) -> tuple[int, int]:
    """Return the size and the modification time (ns) of a file."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@dataclass(frozen=True)
class DroppedClip:
    """A clip that cannot be used, with the reason: a row of attrition.csv."""

    clip_id: str
    problem: ClipProblem
    detail: str
    split: Split | None = None
    class_name: str | None = None
    file: str = ""
    """Path relative to the source."""


@dataclass(frozen=True)
class Listing:
    """The clips of a source, listed but not read."""

    clips: Sequence[SourceClip]
    dropped: Sequence[DroppedClip] = ()
    """Clips known to be unusable without reading them."""
    size: int = 504
    """Default side of the square training clips in pixels (paper, appendix C)."""
    long_context: LongContext = field(default_factory=LongContext)
    drawn: bool = False
    """The clips are synthetic, so this project may license them."""
    funnel: Funnel | None = None
    """Selection funnel of the clips; None if unknown."""
    manifest: Manifest | None = None
    """Locations of the recordings, for a later download."""
    root: Path | None = None
    """Folder that contains the clips' files."""

    def file_of(self, clip: SourceClip) -> str:
        """Return a clip's path relative to `root`, the only part of the path that is published."""
        if self.root is None or not isinstance(clip.media, Path):
            return ""
        return clip.media.relative_to(self.root).as_posix()
