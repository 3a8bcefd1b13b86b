"""The conditions of the benchmark: treatments of video, audio and text (paper, Table 2)."""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Condition:
    """A treatment of a clip's video, audio and text; each condition is one config of the dataset."""

    name: str
    video: Literal["own", "black"]
    audio: Literal["own", "donor", "silence"]
    text: Literal["plain", "caption", "long_context"]
    splits: tuple[Split, ...]
    meaning: str

    @property
    def visual_present(self) -> bool:
        """True unless the video is black."""
        return self.video != "black"

    @property
    def audio_present(self) -> bool:
        """True unless the audio is silent."""
        return self.audio != "silence"


_TEST: tuple[Split, ...] = ("test",)

CONDITIONS: dict[str, Condition] = {
    c.name: c
    for c in (
        Condition("aligned", "own", "own", "plain", SPLITS, "the clip as it was recorded"),
        Condition("misaligned", "own", "donor", "plain", SPLITS, "the sound of a clip of another class"),
        Condition("frames_zeroed", "black", "own", "plain", _TEST, "every frame black, the own sound"),
        Condition("audio_removed", "own", "silence", "plain", _TEST, "the own picture, silence"),
        Condition("misleading_caption", "own", "own", "caption", _TEST, "a false caption before the question"),
        Condition(
            "long_context", "own", "own", "long_context", _TEST, "thousands of random letters after the question"
        ),
    )
}
