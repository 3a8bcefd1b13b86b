"""What an annotator looks and listens for (paper, appendix B.2), as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Criterion:
    """One of the conditions that a clip must meet."""

    name: str
    """Of its column in a file of votes."""
    title: str
    broken: str
    """What is said where it does not hold."""
    meaning: str
    """The paper's words, as an instruction."""


CRITERIA: Mapping[str, Criterion] = {
    c.name: c
    for c in (
        Criterion(
            "object_visible",
            "Object visible",
            "Object not the focus",
            "The sounding object is the primary focus of the frame: a clip of a car shows the car, not just a road.",
        ),
        Criterion(
            "clean_sound",
            "Clean sound",
            "Sound not clean",
            "The target sound is clean and the dominant event: no loud background music, no intelligible speech "
            "(unless the class is speech-related).",
        ),
        Criterion(
            "visible_action",
            "Visible action",
            "No visible action",
            "A dynamic visual action corresponds to the sound: no static video, no slideshow, no motionless object.",
        ),
    )
}
