"""Pack several questions about one clip into one sequence; no question attends to another one.

The positions of each question continue after the clip, so training on a packed sequence matches training on separate
prompts, but runs the clip only once, as in the evaluation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mma_eval.models.prefix import block_mask


@dataclass(frozen=True)
class Turn:
    """Token ids of a question followed by its answer, which comprises the last `answer` ids."""

    ids: Sequence[int]
    answer: int


@dataclass(frozen=True)
class Conversation:
    """A clip, as token ids (length,) and positions (3, length) up to the end of the media, and its questions."""

    ids: Any
    positions: Any
    turns: Sequence[Turn]

    def __len__(self) -> int:
        return len(self.ids) + sum(len(turn.ids) for turn in self.turns)


@dataclass(frozen=True)
class PackedBatch:
    """A batch with one conversation per row, padded on the right."""

    ids: Any
    """(B, L) token ids."""
    positions: Any
    """(3, B, L) positions in time, height and width."""
    mask: Any
    """(B, 1, L, L) bool: the tokens (columns) that each token (row) attends to."""
    answered: Any
    """(B, L) bool: answer tokens, on which the loss is computed."""


def as_turn(tokenizer: Any, asked: str, answer: str) -> Turn:
    """Tokenise a question with the prompt text after it, and its answer with the end-of-answer token."""
    question = tokenizer(asked, add_special_tokens=False)["input_ids"]
    said = [*tokenizer(answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return Turn([*question, *said], len(said))


def pack(conversations: Sequence[Conversation], pad: int) -> PackedBatch:
    """Pack conversations into a batch, one per row; rows are filled up with the token id `pad`."""
    import torch

    size = (len(conversations), max(map(len, conversations)))
    ids = torch.full(size, pad)
    positions = torch.zeros(3, *size, dtype=torch.long)
    blocks = torch.full(size, -1)
    answered = torch.zeros(size, dtype=torch.bool)
    for row, conversation in enumerate(conversations):
        at, first = len(conversation.ids), int(conversation.positions.max()) + 1
        ids[row, :at] = conversation.ids
        positions[:, row, :at] = conversation.positions
        blocks[row, :at] = 0
        for block, turn in enumerate(conversation.turns, 1):
            end = at + len(turn.ids)
            ids[row, at:end] = torch.tensor(turn.ids)
            positions[:, row, at:end] = torch.arange(first, first + len(turn.ids))
            blocks[row, at:end] = block
            answered[row, end - turn.answer : end] = True
            at = end
    return PackedBatch(ids, positions, block_mask(blocks)[:, None], answered)
