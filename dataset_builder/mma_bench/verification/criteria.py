"""Define the criteria by which annotators judge a clip (paper, appendix B.2)."""

from collections.abc import Mapping
from typing import NamedTuple


class Criterion(NamedTuple):
    """A criterion that a clip must meet to pass."""

    title: str
    """Name of the criterion in tables."""
    broken: str
    """Label for a clip that does not meet the criterion, on the page, in error messages and in tables."""
    meaning: str
    """The criterion in the paper's words."""
    failing: str
    """Description of a clip that does not meet the criterion, shown beside its checkbox."""


CRITERIA: Mapping[str, Criterion] = {
    "object_visible": Criterion(
        "Object visible",
        "Object not visible",
        "The sounding object is the primary focus of the frame: a clip of a car shows the car, not just a road.",
        "The sounding object is not the primary focus of the frame: of a car, just the road is seen.",
    ),
    "clean_sound": Criterion(
        "Clean sound",
        "Sound not clean",
        "The target sound is clean and the dominant event: no loud background music, no intelligible speech "
        "(unless the class is speech-related).",
        "The target sound is not clean, or not the dominant event: loud background music, or intelligible speech "
        "(unless the class is speech-related).",
    ),
    "visible_action": Criterion(
        "Visible action",
        "No visible action",
        "A dynamic visual action corresponds to the sound: no static video, no slideshow, no motionless object.",
        "No dynamic visual action corresponds to the sound: a static video, a slideshow, a motionless object.",
    ),
}
"""The criteria by name; vote files have a column of each name."""
