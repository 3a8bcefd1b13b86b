"""Convert rows of the dataset to documents of lmms-eval: one question each, with what is needed to judge its answer.

The files of this folder run in lmms-eval's environment, which need not have `mma_bench`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Audio, Dataset, Video

_KEPT = ["id", "clip_id", "donor_id", "condition", "video.bytes", "audio.bytes"]


def visual_questions(rows: Dataset) -> Dataset:
    """Ask the rows of a condition about the video."""
    return _with_questions(rows, "visual", other="audio")


def audio_questions(rows: Dataset) -> Dataset:
    """Ask the rows of a condition about the audio."""
    return _with_questions(rows, "audio", other="visual")


def _with_questions(rows: Dataset, prompt: str, *, other: str) -> Dataset:
    # Models open the files themselves; decoding the columns would need torchcodec.
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
    # Flattened, since lmms-eval takes a column of {"bytes", "path"} for an image and writes all of it to its log.
    rows = rows.flatten().select_columns(_KEPT)
    for name, values in added.items():
        rows = rows.add_column(name, values)
    return rows
