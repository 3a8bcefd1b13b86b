"""Weights of attention, of a few rows only, from the queries and keys that a kernel gets."""

from __future__ import annotations

from typing import Any


def last_row(query: Any, key: Any, mask: Any, *, scaling: float | None = None, window: int | None = None) -> Any:
    """The weights of the last query, (H, S) float32; they sum to 1 over the keys.

    Args:
        query: (1, H, Q, D), with its positions in it (rotated).
        key: (1, H / n, S, D), likewise; each serves n neighbouring heads (grouped-query attention).
        mask: None; (1, 1 or H, Q, S), True or 0 where a query may look, False or -inf where not; or (1, S), True or 1
            for keys that are there.
        scaling: of the products; by default 1 / sqrt(D).
        window: so many keys are seen at most, the query's own among them; None means all.
    """
    import torch

    keys = key.shape[2]
    scores = _scores(query[:, :, -1], key, scaling)[0]
    if mask is not None:
        seen = mask[0, :, -1, :keys] if mask.ndim == 4 else mask[:, -keys:].bool()
        scores = scores.masked_fill(~seen, -torch.inf) if seen.dtype == torch.bool else scores + seen
    if window is not None and keys > window:
        scores[:, : keys - window] = -torch.inf
    return scores.softmax(-1)


def rows_of_steps(queries: Any, key: Any, *, scaling: float | None = None) -> Any:
    """The weights of queries that came one by one, each with a key of its own, (N, H, S) float32.

    Args:
        queries: (N, H, D). The last sees all keys, the one before it all but one, and so on.
        key: as in `last_row`, when the last query came.
        scaling: likewise.
    """
    import torch

    steps, keys = len(queries), key.shape[2]
    scores = _scores(queries, key, scaling)
    later = torch.ones(steps, steps, dtype=torch.bool, device=scores.device).triu(1)
    scores[:, :, keys - steps :].masked_fill_(later[:, None], -torch.inf)
    return scores.softmax(-1)


def _scores(queries: Any, key: Any, scaling: float | None) -> Any:
    """(N, H, S) float32: of queries (N, H, D) and keys (1, H / n, S, D)."""
    count, heads, width = queries.shape
    _, groups, keys, _ = key.shape
    asked = queries.float() * (width**-0.5 if scaling is None else scaling)
    # One product per group of heads, over all queries: N thin ones would each read all keys again.
    asked = asked.view(count, groups, heads // groups, width).transpose(0, 1).reshape(groups, -1, width)
    scores = (asked @ key[0].float().transpose(-1, -2)).view(groups, count, heads // groups, keys)
    return scores.transpose(0, 1).reshape(count, heads, keys)
