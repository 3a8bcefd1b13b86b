"""Several questions behind one clip, in one sequence: each sees the clip and itself, and not the others.

The positions of each go on from the clip's, so that what is learnt is what a prompt of its own would teach, and the
clip is run once for all of them, as in the evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mma_eval.tiny_omni.architecture import SENSES
from mma_eval.tiny_omni.curriculum import Asked, Example
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
    positions, _ = thinker.get_rope_index(
        inputs["input_ids"],
        video_grid_thw=inputs["video_grid_thw"],
        attention_mask=inputs["attention_mask"],
        use_audio_in_video=True,
        audio_seqlens=inputs["feature_attention_mask"].sum(-1),
        second_per_grids=inputs["video_second_per_grid"],
    )
    ids = inputs["input_ids"][0]
    video_at, audio_at = (
        (ids == getattr(thinker.config, f"{kind}_token_id")).nonzero()[:, 0] for kind in ("video", "audio")
    )
    return Prefix(ids, positions[:, 0], video_at, audio_at, after)


@dataclass(frozen=True)
class Packed:
    """A batch: each row a clip and its questions with their answers, padded on the right."""

    ids: Any
    """(B, L)."""
    positions: Any
    """(3, B, L)."""
    sees: Any
    """(B, 1, L, L) bool: which token (column) is seen by which (row)."""
    answered: Any
    """(B, L) bool: tokens of answers, which are learnt."""


def pack(tokenizer: Any, prefix: Prefix, examples: Sequence[Example]) -> Packed:
    """Tokenise a batch; question `k` of a row is its block `k`, the clip is block 0 and seen by all."""
    import torch

    first, start = int(prefix.positions.max()) + 1, len(prefix.ids)
    rows = [[_turn(tokenizer, prefix, asked) for asked in example.asked] for example in examples]
    length = start + max(sum(len(ids) for ids, _ in turns) for turns in rows)
    ids = torch.full((len(rows), length), tokenizer.pad_token_id)
    ids[:, :start] = prefix.ids
    positions = torch.zeros(3, len(rows), length, dtype=torch.long)
    positions[:, :, :start] = prefix.positions[:, None]
    blocks = torch.full((len(rows), length), -1)
    blocks[:, :start] = 0
    answered = torch.zeros(ids.shape, dtype=torch.bool)
    for row, turns in enumerate(rows):
        at = start
        for block, (turn, answer) in enumerate(turns, 1):
            span = slice(at, at + len(turn))
            ids[row, span] = torch.tensor(turn)
            positions[:, row, span] = torch.arange(first, first + len(turn))
            blocks[row, span] = block
            answered[row, at + len(turn) - answer : at + len(turn)] = True
            at += len(turn)
    same = (blocks[:, :, None] == blocks[:, None, :]) | (blocks[:, None, :] == 0)
    sees = same & torch.ones(length, length, dtype=torch.bool).tril()
    return Packed(ids, positions, sees[:, None], answered)


def _turn(tokenizer: Any, prefix: Prefix, asked: Asked) -> tuple[list[int], int]:
    """Tokens of a question and its answer, and how many of them are the answer's."""
    question = tokenizer(asked.text + prefix.after, add_special_tokens=False)["input_ids"]
    answer = [*tokenizer(asked.answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return [*question, *answer], len(answer)
