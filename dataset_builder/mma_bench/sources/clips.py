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
    """End of the clip in the original video, in seconds; None if it follows from the length of the file."""


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A validated clip with the files that its rows are built from."""

    clip_id: str
    class_name: str
    split: Split
    mp4: Path
    """The clip as a standard mp4; the source file itself if that is one already."""
    flac: Path
    """Audio of the clip as FLAC, 16 kHz mono."""
    youtube_id: str | None
    start_seconds: float
    end_seconds: float
    source_sha256: str
    stamp: tuple[int, int]
    """Size and modification time (ns) of `mp4` when it was validated."""
    bytes: int
    """Total size of `mp4` and `flac` in bytes."""
    silent: bool = False
    """True if nothing is heard, so that a row that lends this sound to another clip shows no conflict."""

    def require_unchanged(self) -> None:
        """Raise a ClipError if `mp4` is missing or has changed since it was validated."""
        if not self.mp4.exists() or stamp_of(self.mp4) != self.stamp:
            detail = "its file was replaced or removed while the dataset was built; run the same command again"
            raise ClipError(self.clip_id, "damaged", detail)


def stamp_of(path: Path) -> tuple[int, int]:
    """Return the size and the modification time (ns) of a file."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@dataclass(frozen=True)
class DroppedClip:
    """A clip that cannot be used and the reason, as listed in attrition.csv."""

    clip_id: str
    problem: ClipProblem
    detail: str
    split: Split | None = None
    class_name: str | None = None
    file: str = ""
    """Path of the clip relative to the source; empty if it has no file."""


@dataclass(frozen=True)
class Listing:
    """The clips of a source, before any of them is read."""

    clips: Sequence[SourceClip]
    dropped: Sequence[DroppedClip] = ()
    """Clips that are known to be unusable before they are read."""
    size: int = 504
    """Default side of the square training clips in pixels (paper, appendix C)."""
    long_context: LongContext = field(default_factory=LongContext)
    drawn: bool = False
    """True if the clips are synthetic, so that this project may license them."""
    funnel: Funnel | None = None
    """Selection funnel of the clips; None if unknown."""
    manifest: Manifest | None = None
    """Manifest of the clips, from which others can download the recordings; None for other sources."""
    root: Path | None = None
    """Folder that contains the clips' files; None for synthetic clips."""

    @property
    def names_validation(self) -> bool:
        """True if the source names validation clips, so that none are drawn from its train clips."""
        return any(clip.split == "validation" for clip in self.clips)

    def file_of(self, clip: SourceClip) -> str:
        """Return the path of a clip relative to `root`; only this part is published. Empty for synthetic clips."""
        if self.root is None or not isinstance(clip.media, Path):
            return ""
        return clip.media.relative_to(self.root).as_posix()
