"""What a review is about: the clips. Votes hold as long as these are the same, whatever else a new check changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from mma_bench.manifest.manifest import ManifestClip

_NAMED = 3
"""Clips that are called by name."""


def clips_sha256(clips: Sequence[ManifestClip]) -> str:
    """Digest of what is reviewed: which clips, of which class and split, in their order."""
    return hashlib.sha256(json.dumps([_reviewed(clip) for clip in clips]).encode()).hexdigest()


def difference(before: Sequence[ManifestClip], after: Sequence[ManifestClip]) -> str:
    """How what is reviewed differs, in words; empty where it does not. A clip of another class came and went.

    >>> bird, cat = (ManifestClip(name, name, "test", 0, 10, url="http://a/b") for name in ("Bird", "Cat"))
    >>> difference([bird], [bird, cat])
    '1 came (Cat), 0 went'
    """
    old, new = [_reviewed(clip) for clip in before], [_reviewed(clip) for clip in after]
    if old == new:
        return ""
    came, went = ([clip for clip in those if clip not in set(others)] for those, others in ((new, old), (old, new)))
    if not came and not went:
        return "the same in another order"
    return f"{_counted(came, 'came')}, {_counted(went, 'went')}"


def _reviewed(clip: ManifestClip) -> tuple[str, str, str, float, float]:
    return clip.clip_id, clip.class_name, clip.split, float(clip.start_seconds), float(clip.end_seconds)


def _counted(clips: Sequence[tuple[str, str, str, float, float]], what: str) -> str:
    named = ", ".join(name for name, *_ in clips[:_NAMED]) + (", ..." if len(clips) > _NAMED else "")
    return f"{len(clips):,} {what} ({named})" if clips else f"0 {what}"
