"""Rows of the dataset as lmms-eval's documents: one question each, and what its answer is judged by.

The files of this folder run in lmms-eval's environment, which need not have `mma_bench`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Audio, Dataset, Video

_KEPT = ["id", "clip_id", "donor_id", "condition", "video.bytes", "audio.bytes"]


def visual_questions(rows: Dataset) -> Dataset:
    """The rows of a condition, asked about the picture."""
    return _asked(rows, "visual", other="audio")


def audio_questions(rows: Dataset) -> Dataset:
    """The rows of a condition, asked about the sound."""
    return _asked(rows, "audio", other="visual")


def _asked(rows: Dataset, prompt: str, *, other: str) -> Dataset:
    # Models open the files themselves; to decode the columns would take torchcodec.
    rows = rows.cast_column("video", Video(decode=False)).cast_column("audio", Audio(decode=False))
    names = rows.features["visual_class"].names
    added: dict[str, Sequence[Any]] = {
        "prompt": [prompt] * len(rows),
        "question": list(rows[f"{prompt}_question"]),
        "reference": [names[k] for k in rows[f"{prompt}_class"]],
        "other": [
            names[k] if present else None
            for k, present in zip(rows[f"{other}_class"], rows[f"{other}_present"], strict=True)
        ],
        "caption": [None if k is None else names[k] for k in rows["caption_class"]],
        "options": [names] * len(rows),
    }
    # Flat, since a column that holds {"bytes", "path"} is an image to lmms-eval's log, which writes all of it down.
    rows = rows.flatten().select_columns(_KEPT)
    for name, values in added.items():
        rows = rows.add_column(name, values)
    return rows
