"""What stands before every question to tiny-omni: all clips are of one length, so it is laid out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mma_eval.models.prefix import positions_of
from mma_eval.tiny_omni.architecture import SENSES
from mma_eval.tiny_omni.pool import SECONDS


@dataclass(frozen=True)
class Prefix:
    """What stands before every question: where the picture's and the sound's tokens go, and all positions."""

    ids: Any
    """(length,)."""
    positions: Any
    """(3, length)."""
    video_at: Any
    audio_at: Any
    after: str
    """What follows the question."""


def lay_out(thinker: Any, processor: Any) -> Prefix:
    """The prompt of a clip of ten seconds up to its question, as the processor makes it."""
    import torch

    question = "QUESTION"
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "video", "video": "clip"}, {"type": "text", "text": question}]}],
        tokenize=False,
        add_generation_prompt=True,
    )
    before, _, after = prompt.partition(question)
    frames = torch.zeros(round(SECONDS * SENSES.fps), 3, SENSES.side, SENSES.side, dtype=torch.uint8)
    inputs = processor(
        text=[before],
        videos=[frames],
        audio=[np.zeros(round(SECONDS * 16_000), np.float32)],
        load_audio_from_video=True,
        audio_from_video_indices=[0],
        do_sample_frames=False,
        do_resize=False,
        cap_pixels_per_frame=False,
        fps=SENSES.fps,
        return_tensors="pt",
    )
    ids = inputs["input_ids"][0]
    video_at, audio_at = (
        (ids == getattr(thinker.config, f"{kind}_token_id")).nonzero()[:, 0] for kind in ("video", "audio")
    )
    return Prefix(ids, positions_of(thinker, inputs)[:, 0], video_at, audio_at, after)
