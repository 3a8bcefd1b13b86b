"""What of an answer's attention is set against the question, and under which name."""

from __future__ import annotations

from collections.abc import Mapping

from mma_eval.attention.by_clip import Measure
from mma_eval.attention.record import MODALITIES
from mma_eval.attention.shares import (
    audio_of_all_by_layer,
    video_by_layer,
    video_by_layer_and_head,
    video_by_layer_heads_alike,
    video_of_all_by_layer,
)

_VIDEO, _AUDIO = MODALITIES.index("video"), MODALITIES.index("audio")
BY_LAYER: Mapping[str, tuple[str, Measure]] = {
    "rule": ("video among video and audio", video_by_layer),
    "video": ("video among all tokens", video_of_all_by_layer),
    "audio": ("audio among all tokens", audio_of_all_by_layer),
}
"""By a word for the names of files. The first is the paper's rule; the others keep the text."""
HEADS_ALIKE: tuple[str, Measure] = ("the same, heads alike", video_by_layer_heads_alike)
"""Stands after the paper's rule."""
BY_LAYER_AND_HEAD: Mapping[str, tuple[str, Measure]] = {
    "rule": (BY_LAYER["rule"][0], video_by_layer_and_head),
    "video": (BY_LAYER["video"][0], lambda record: record.shares[..., _VIDEO].astype(float)),
    "audio": (BY_LAYER["audio"][0], lambda record: record.shares[..., _AUDIO].astype(float)),
}
