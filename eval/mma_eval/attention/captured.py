"""Compute the attention weights of each pass's last row, and reduce them to one share per modality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mma_eval.attention.answers import MODALITIES
from mma_eval.model import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXT = MODALITIES.index("text")
_BATCH = 32
"""Number of rows computed at once: 29 MB for a model with 28 heads and 8,000 keys."""


class CapturedShares:
    """Collect the attention to each modality in every pass; L layers, H heads, P keys of the prompt.

    After the first pass, each pass has one query, and all keys stay in the cache. Queries can therefore be collected
    first, and their rows computed in batches of `_BATCH`.
    """

    def __init__(self, prompt: NDArray[np.int8], layers: int) -> None:
        self.prompt, self.layers = prompt, layers
        """(P,): modalities of the prompt's keys. The keys after them are the answer's tokens, which are text."""
        self.sums: list[list[Any]] = [[] for _ in range(layers)]
        """By layer: attention to all keys of each modality, in batches of N consecutive passes, (N, H, 3) float32."""
        self._passes = [0] * layers
        self._pending: list[list[Any]] = [[] for _ in range(layers)]
        self._latest: list[tuple[Any, float | None]] = [(None, None)] * layers
        self._one_hot_on: dict[Any, Any] = {}

    def add(self, layer: int, query: Any, key: Any, mask: Any, *, scaling: float | None, window: int | None) -> None:
        """Add the last row of a pass through a layer, counted from 0; the other arguments are those of `last_row`.

        `key` has the keys that are still in the layer's cache: the cache of a sliding window drops older keys.

        Raises:
            ModelError: the number of keys does not match the prompt and the earlier passes.
        """
        end, seen = len(self.prompt) + self._passes[layer], key.shape[2]
        if seen > end or (seen < end and (window is None or seen < window)):
            raise ModelError(
                f"layer {layer} attends to {seen} keys, but the prompt and the answer so far have {end} tokens, so the "
                "modality of a key is unknown; ask about one clip at a time, without padding"
            )
        self._passes[layer] += 1
        if mask is None and window is None:
            last = query[0, :, -1]
            # A view of a long pass would keep the queries of all its tokens in memory.
            self._pending[layer].append(last if query.shape[2] == 1 else last.clone())
            self._latest[layer] = key, scaling
            if len(self._pending[layer]) == _BATCH:
                self._flush(layer)
        else:
            self._flush(layer)
            self._keep(layer, last_row(query, key, mask, scaling=scaling, window=window)[None], end)

    def finish(self) -> None:
        """Compute the rows of incomplete batches; call this after the last pass."""
        for layer in range(self.layers):
            self._flush(layer)

    def shares(self, tokens: int) -> NDArray[np.float32]:
        """Return (L, H, 3): attention to all keys of a modality, mean over the answer's `tokens` tokens.

        The pass that predicts the end of the answer does not count.
        """
        import torch

        return np.stack([torch.cat(rows)[:tokens].mean(0).cpu().numpy() for rows in self.sums])

    def _flush(self, layer: int) -> None:
        import torch

        if self._pending[layer]:
            key, scaling = self._latest[layer]
            rows = rows_of_steps(torch.stack(self._pending[layer]), key, scaling=scaling)
            self._pending[layer], self._latest[layer] = [], (None, None)  # free the keys of all tokens
            self._keep(layer, rows, len(self.prompt) + self._passes[layer] - 1)

    def _keep(self, layer: int, rows: Any, end: int) -> None:
        """Reduce rows (N, H, S) of attention weights to one sum per modality; the last key is token number `end`."""
        known = self._one_hot(rows.device)[end - rows.shape[-1] :]
        sums = rows[..., : len(known)] @ known
        sums[..., _TEXT] += rows[..., len(known) :].sum(-1)
        self.sums[layer].append(sums)

    def _one_hot(self, device: Any) -> Any:
        """Return the prompt's modalities as (P, 3) float32 on a device; layers may be on several devices."""
        import torch

        if device not in self._one_hot_on:
            one_hot = np.eye(len(MODALITIES), dtype=np.float32)[self.prompt]
            self._one_hot_on[device] = torch.from_numpy(one_hot).to(device)
        return self._one_hot_on[device]


class CapturedAttention(CapturedShares):
    """Collect the shares, the rows of the last layer, and the hidden state after each layer."""

    def __init__(self, prompt: NDArray[np.int8], layers: int) -> None:
        super().__init__(prompt, layers)
        self.hidden: list[Any] = [None] * layers
        """By layer: (width,), the state at the position that predicts the answer's first token."""
        self._last: list[tuple[Any, int]] = []

    def last_layer(self, tokens: int) -> NDArray[np.float32]:
        """Return (G, T): the last layer's attention, mean over heads; 0 for masked keys."""
        first, passes = 0, self._passes[-1]
        found = np.zeros((passes, len(self.prompt) + passes - 1), dtype=np.float32)
        for rows, end in self._last:
            found[first : first + len(rows), end - rows.shape[-1] : end] = rows.cpu().numpy()
            first += len(rows)
        return found[:tokens, : len(self.prompt) + tokens - 1]

    def keys(self, tokens: int) -> NDArray[np.int8]:
        """Return each key's index into `MODALITIES`, (T,); keys are the prompt's and all answer tokens but the last."""
        return np.pad(self.prompt, (0, tokens - 1), constant_values=_TEXT)

    def _keep(self, layer: int, rows: Any, end: int) -> None:
        super()._keep(layer, rows, end)
        if layer == self.layers - 1:
            self._last.append((rows.mean(1), end))


def last_row(query: Any, key: Any, mask: Any, *, scaling: float | None = None, window: int | None = None) -> Any:
    """Compute the attention weights of the last query, (H, S) float32; they sum to 1 over the keys.

    Args:
        query: (1, H, Q, D), with rotary positions applied.
        key: (1, H / n, S, D), rotated likewise; each key head serves n neighbouring query heads (grouped-query).
        mask: None; (1, 1 or H, Q, S), True or 0 for visible keys, False or -inf for hidden ones; or (1, S), True or 1
            for keys that exist.
        scaling: factor of the dot products; by default 1 / sqrt(D).
        window: maximum number of visible keys, including the query's own; None means all.
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
    """Compute the attention weights of queries (N, H, D) from consecutive passes, (N, H, S) float32.

    The last query sees all keys, the query before it all but one, and so on; `key` and `scaling` are as in `last_row`.
    """
    import torch

    steps, keys = len(queries), key.shape[2]
    scores = _scores(queries, key, scaling)
    later = torch.ones(steps, steps, dtype=torch.bool, device=scores.device).triu(1)
    scores[:, :, keys - steps :].masked_fill_(later[:, None], -torch.inf)
    return scores.softmax(-1)


def _scores(queries: Any, key: Any, scaling: float | None) -> Any:
    """Compute scaled dot products (N, H, S) float32 of queries (N, H, D) and keys (1, H / n, S, D)."""
    count, heads, width = queries.shape
    _, groups, keys, _ = key.shape
    scaled = queries.float() * (width**-0.5 if scaling is None else scaling)
    # One product per group of heads, over all queries: N thin products would each read all keys again.
    scaled = scaled.view(count, groups, heads // groups, width).transpose(0, 1).reshape(groups, -1, width)
    scores = (scaled @ key[0].float().transpose(-1, -2)).view(groups, count, heads // groups, keys)
    return scores.transpose(0, 1).reshape(count, heads, keys)
