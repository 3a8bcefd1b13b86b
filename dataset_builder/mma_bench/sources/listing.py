"""What a source offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mma_bench.benchmark.distractors import LongContext
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import Manifest
from mma_bench.sources.clips import DroppedClip, SourceClip


@dataclass(frozen=True)
class Listing:
    """The clips of a source, listed but not read."""

    clips: Sequence[SourceClip]
    dropped: Sequence[DroppedClip] = field(default=())
    size: int = 504
    """Side of the square training clips in pixels, unless told otherwise (paper, appendix C)."""
    long_context: LongContext = field(default_factory=LongContext)
    drawn: bool = False
    """Made by the project, so that it may say so and license it."""
    funnel: Funnel | None = None
    """How the clips were chosen, where that is known."""
    manifest: Manifest | None = None
    """Where their recordings are, for somebody who must fetch them anew."""
    root: Path | None = None
    """The folder that the clips' files lie in."""

    def file_of(self, clip: SourceClip) -> str:
        """A clip's file relative to `root`; nothing published says more of where it lies."""
        if self.root is None or not isinstance(clip.media, Path):
            return ""
        return clip.media.relative_to(self.root).as_posix()
