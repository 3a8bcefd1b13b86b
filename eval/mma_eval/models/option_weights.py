"""How likely a model holds each option to be, whatever it then says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mma_eval.models.prefix import Prefix


def option_probabilities(
    thinker: Any, prefix: Prefix, asked: Sequence[int], options: Sequence[Sequence[int]]
) -> list[float]:
    """P(option | clip, question) of each option, renormalised over the options, so that they add up to 1.

    The probability of an option is that of its tokens one after the other; the token that ends the answer belongs to
    it, or "Rain" would have the share of "Rain_on_surface" too. All are run in one pass behind the question: each sees
    the clip, the question and itself, and not the others.

    Args:
        thinker: the model that encoded the prefix, with sdpa attention.
        prefix: of the clip; left as it was found.
        asked: tokens of the question and what follows it in the prompt.
        options: tokens of each option, with the one that ends the answer.
    """
    import torch

    behind = [list(option[:-1]) for option in options]  # the last token is foretold, and foretells nothing
    ids = torch.tensor([[*asked, *(token for option in behind for token in option)]], device=thinker.device)
    try:
        hidden = thinker.model(
            input_ids=ids,
            attention_mask=_sees(prefix.length, len(asked), behind).to(thinker.device),
            position_ids=_positions(prefix.next_position, len(asked), behind).to(thinker.device),
            past_key_values=prefix.cache,
            use_cache=True,
        ).last_hidden_state[0]
        foretold = thinker.lm_head(hidden[len(asked) - 1 :]).float().log_softmax(-1)
    finally:
        prefix.rewind()
    totals, first = [], 1
    for option in options:
        rows = [0, *range(first, first + len(option) - 1)]
        totals.append(foretold[rows, list(option)].sum())
        first += len(option) - 1
    found: list[float] = torch.stack(totals).softmax(0).tolist()
    return found


def _sees(clip: int, asked: int, options: Sequence[Sequence[int]]) -> Any:
    """(1, 1, rows, clip + rows) bool: what each token of the question and the options (rows) attends to."""
    import torch

    blocks = torch.tensor([0] * asked + [block for block, option in enumerate(options, 1) for _ in option])
    same = (blocks[:, None] == blocks[None, :]) | (blocks[None, :] == 0)
    own = same & torch.ones(len(blocks), len(blocks), dtype=torch.bool).tril()
    return torch.cat([torch.ones(len(blocks), clip, dtype=torch.bool), own], dim=1)[None, None]


def _positions(first: int, asked: int, options: Sequence[Sequence[int]]) -> Any:
    """(3, 1, rows): every option begins where the question ends."""
    import torch

    after = [asked + k for option in options for k in range(len(option))]
    return (first + torch.tensor([*range(asked), *after])).expand(3, 1, -1)
