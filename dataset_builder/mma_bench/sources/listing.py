"""What a source offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mma_bench.clips import DroppedClip, SourceClip
from mma_bench.distractors import LongContext


@dataclass(frozen=True)
class Listing:
    """The clips of a source, listed but not read."""

    name: str
    """What the dataset says of its origin."""
    clips: Sequence[SourceClip]
    dropped: Sequence[DroppedClip] = field(default=())
    size: int = 504
    """Side of the square training clips in pixels, unless told otherwise (paper, appendix C)."""
    long_context: LongContext = field(default_factory=LongContext)
