"""What things are called on the page."""

from __future__ import annotations

from mma_bench.benchmark.conditions import CONDITIONS
from mma_space.clips.gallery import GalleryClip

BY_HAND = "by hand"
"""In place of a condition, where a clip was put together otherwise."""

CONDITION_CHOICES = [
    *((f"{name.replace('_', ' ')}: {c.meaning}", name) for name, c in CONDITIONS.items()),
    ("by hand: whatever is chosen below", BY_HAND),
]
PICTURE_CHOICES = [("its own", "own"), ("every frame black", "black")]
SOUND_CHOICES = [("its own", "own"), ("another clip's", "donor"), ("none: silence", "silence")]
VARIANT_CHOICES = [
    ("plain", "plain"),
    ("“None of the above” is offered", "abstain"),
    ("think step by step first", "cot"),
]


def clip_title(clip: GalleryClip, number: int) -> str:
    """A clip as a person reads it in a list.

    >>> clip_title(GalleryClip("x", "Bowed_string_instrument", None, None), 2)
    'Bowed string instrument 2'
    """
    return f"{clip.class_name.replace('_', ' ')} {number}"
