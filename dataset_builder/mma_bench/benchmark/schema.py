"""Columns of the dataset, and the type of a finished row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_type_hints

if TYPE_CHECKING:
    from datasets import Features

SAMPLE_RATE = 16_000
"""Sample rate in Hz of the column `audio` and of all audio passed to models."""
MEDIA_COLUMNS = ("video", "audio")
LABEL_COLUMNS = ("visual_class", "audio_class", "caption_class")


@dataclass(frozen=True)
class Row:
    """A finished row. Class columns contain names, which the writer converts to ClassLabel indices."""

    id: str
    video: bytes
    """MP4 file with the video and audio streams."""
    audio: bytes
    """FLAC file with the same audio, 16 kHz mono."""
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
    """SHA-256 of the video packets' payloads: the cache key of the video stream, independent of the muxed audio."""
    audio_sha256: str
    """SHA-256 of the audio packets' payloads."""


def features(classes: Sequence[str], *, media: bool = True) -> Features:
    """Return the `datasets.Features` of the dataset.

    Args:
        classes: class names, shared by the three ClassLabel columns.
        media: include the columns video and audio, which are omitted if clips must not be redistributed.
    """
    from datasets import Audio, ClassLabel, Features, Value, Video

    values: dict[object, str] = {str: "string", str | None: "string", bool: "bool", int: "int64", float: "float64"}
    special = {"video": Video(), "audio": Audio(sampling_rate=SAMPLE_RATE)}
    special |= dict.fromkeys(LABEL_COLUMNS, ClassLabel(names=list(classes)))
    columns = {name: kind for name, kind in get_type_hints(Row).items() if media or name not in MEDIA_COLUMNS}
    return Features({name: special[name] if name in special else Value(values[columns[name]]) for name in columns})
