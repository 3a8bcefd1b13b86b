"""Several questions behind one clip, in one sequence: each sees the clip and itself, and not the others.

The positions of each go on from the clip's, so that what is learnt is what a prompt of its own would teach, and the
clip is run once for all of them, as in the evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Turn:
    """A question and its answer."""

    ids: Sequence[int]
    answer: int
    """How many tokens at the end are the answer's."""


@dataclass(frozen=True)
class Prompt:
    """A clip and what is asked about it."""

    ids: Any
    """(length,) up to the end of the media."""
    positions: Any
    """(3, length)."""
    turns: Sequence[Turn]

    def __len__(self) -> int:
        return len(self.ids) + sum(len(turn.ids) for turn in self.turns)


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


def as_turn(tokenizer: Any, asked: str, answer: str) -> Turn:
    """Tokenise a question, with what follows it in a prompt, and its answer with the token that ends it."""
    question = tokenizer(asked, add_special_tokens=False)["input_ids"]
    said = [*tokenizer(answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return Turn([*question, *said], len(said))


def pack(prompts: Sequence[Prompt], pad: int) -> Packed:
    """Lay out a batch; question `k` of a row is its block `k`, the clip is block 0 and seen by all."""
    import torch

    size = (len(prompts), max(map(len, prompts)))
    ids = torch.full(size, pad)
    positions = torch.zeros(3, *size, dtype=torch.long)
    blocks = torch.full(size, -1)
    answered = torch.zeros(size, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        at, first = len(prompt.ids), int(prompt.positions.max()) + 1
        ids[row, :at] = prompt.ids
        positions[:, row, :at] = prompt.positions
        blocks[row, :at] = 0
        for block, turn in enumerate(prompt.turns, 1):
            end = at + len(turn.ids)
            ids[row, at:end] = torch.tensor(turn.ids)
            positions[:, row, at:end] = torch.arange(first, first + len(turn.ids))
            blocks[row, at:end] = block
            answered[row, end - turn.answer : end] = True
            at = end
    same = (blocks[:, :, None] == blocks[:, None, :]) | (blocks[:, None, :] == 0)
    sees = same & torch.ones(size[1], size[1], dtype=torch.bool).tril()
    return Packed(ids, positions, sees[:, None], answered)
