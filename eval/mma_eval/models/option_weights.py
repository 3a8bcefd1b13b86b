"""Compute the probability of each option as the complete answer."""

from collections.abc import Sequence
from typing import Any

from mma_eval.models.prefix import Prefix, run_model


def option_probabilities(
    thinker: Any, prefix: Prefix, asked: Sequence[int], options: Sequence[Sequence[int]]
) -> list[float]:
    """Compute P(option | clip, question) of each option, normalised over the options.

    An option's probability is the product over its tokens, including the end-of-answer token; otherwise "Rain" would
    also receive the probability of "Rain_on_surface". All options are run in one pass after the question; each attends
    only to the clip, the question and itself.

    Args:
        thinker: the model that encoded the prefix, with sdpa attention.
        prefix: the encoded clip; unchanged afterwards.
        asked: tokens of the question and of the prompt text after it.
        options: tokens of each option, with the end-of-answer token.
    """
    import torch

    inputs = [list(option[:-1]) for option in options]  # the last token is only a target
    ids = torch.tensor([[*asked, *(token for option in inputs for token in option)]], device=thinker.device)
    try:
        hidden = run_model(
            thinker,
            prefix.cache,
            input_ids=ids,
            attention_mask=_mask(prefix.length, len(asked), inputs).to(thinker.device),
            position_ids=_positions(prefix.next_position, len(asked), inputs).to(thinker.device),
        )[0]
        log_probabilities = thinker.lm_head(hidden[len(asked) - 1 :]).float().log_softmax(-1)
    finally:
        prefix.rewind()
    totals, first = [], 1
    for option in options:
        rows = [0, *range(first, first + len(option) - 1)]
        totals.append(log_probabilities[rows, list(option)].sum())
        first += len(option) - 1
    found: list[float] = torch.stack(totals).softmax(0).tolist()
    return found


def _mask(clip: int, asked: int, options: Sequence[Sequence[int]]) -> Any:
    """Return the attention mask, (1, 1, rows, clip + rows) bool; rows are tokens of the question and the options."""
    import torch

    blocks = torch.tensor([0] * asked + [block for block, option in enumerate(options, 1) for _ in option])
    same = (blocks[:, None] == blocks[None, :]) | (blocks[None, :] == 0)
    causal = same & torch.ones(len(blocks), len(blocks), dtype=torch.bool).tril()
    return torch.cat([torch.ones(len(blocks), clip, dtype=torch.bool), causal], dim=1)[None, None]


def _positions(first: int, asked: int, options: Sequence[Sequence[int]]) -> Any:
    """Return positions (3, 1, rows); every option begins where the question ends."""
    import torch

    after = [asked + k for option in options for k in range(len(option))]
    return (first + torch.tensor([*range(asked), *after])).expand(3, 1, -1)
