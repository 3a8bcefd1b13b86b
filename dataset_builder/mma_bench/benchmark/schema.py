"""The columns of the dataset (design: data contract), and a row of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mma_bench.media.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from datasets import Features

MEDIA_COLUMNS = ("video", "audio")
LABEL_COLUMNS = ("visual_class", "audio_class", "caption_class")


@dataclass(frozen=True)
class Row:
    """One finished row. Class columns hold names; the writer turns them into ClassLabel indices."""

    id: str
    video: bytes
    """mp4 with its sound."""
    audio: bytes
    """16 kHz mono FLAC of the same sound."""
    visual_class: str
    audio_class: str
    visual_present: bool
    audio_present: bool
    visual_question: str
    audio_question: str
    caption_class: str | None
    clip_id: str
    donor_id: str | None
    youtube_id: str | None
    start_seconds: float
    end_seconds: float
    seed: int
    condition: str
    video_sha256: str
    """Of the video packets' payloads: equal pictures have equal digests, whatever they are muxed with."""
    audio_sha256: str


def features(classes: Sequence[str], *, media: bool = True) -> Features:
    """The dataset's features.

    Args:
        classes: the names of the three ClassLabel columns.
        media: whether the columns video and audio are there; they are not where clips must not be redistributed.
    """
    from datasets import Audio, ClassLabel, Features, Value, Video

    label, text = ClassLabel(names=list(classes)), Value("string")
    columns = {"video": Video(), "audio": Audio(sampling_rate=SAMPLE_RATE)} if media else {}
    return Features(
        {
            "id": text,
            **columns,
            "visual_class": label,
            "audio_class": label,
            "visual_present": Value("bool"),
            "audio_present": Value("bool"),
            "visual_question": text,
            "audio_question": text,
            "caption_class": label,
            "clip_id": text,
            "donor_id": text,
            "youtube_id": text,
            "start_seconds": Value("float64"),
            "end_seconds": Value("float64"),
            "seed": Value("int64"),
            "condition": text,
            "video_sha256": text,
            "audio_sha256": text,
        }
    )
