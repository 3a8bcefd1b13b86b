"""What the forward passes of one answer leave behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mma_eval.attention.record import MODALITIES
from mma_eval.attention.rows import last_row, rows_of_steps
from mma_eval.model import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXT = MODALITIES.index("text")
_AT_ONCE = 32
"""Steps whose rows are reckoned together: for a model of 28 heads and 8,000 keys, 29 MB at a time."""


@dataclass(eq=False)
class KeptShares:
    """The attention that each pass of an answer pays to each modality; L layers, H heads, P keys of the prompt.

    After the first pass each brings one query, and all that it needs is still there some steps later: its key stays in
    the cache. So queries wait, and what takes many small operations for one row is done for `_AT_ONCE` rows.
    """

    prompt: NDArray[np.int8]
    """(P,): modalities of the prompt's keys. Those that follow are the answer's own, and text."""
    layers: int
    sums: list[list[Any]] = field(init=False)
    """By layer, passes in their order, some at a time: (N, H, 3) float32, attention to all keys of each modality."""

    def __post_init__(self) -> None:
        self.sums = [[] for _ in range(self.layers)]
        self._passes = [0] * self.layers
        self._waiting = [_Waiting() for _ in range(self.layers)]
        self._is: dict[Any, Any] = {}

    def add(self, layer: int, query: Any, key: Any, mask: Any, *, scaling: float | None, window: int | None) -> None:
        """Keep the last row of a pass.

        Args:
            layer: from 0.
            query: (1, H, Q, D), and so on as in `mma_eval.attention.rows.last_row`.
            key: of all tokens that the layer still has.
            mask: None where every key is seen.
            scaling: of the products.
            window: keys that the layer sees at most, where it has a sliding window; its cache then forgets older ones.

        Raises:
            ModelError: other keys than those of the prompt and one more for each pass.
        """
        end, seen = len(self.prompt) + self._passes[layer], key.shape[2]
        if seen > end or (seen < end and (window is None or seen < window)):
            raise ModelError(
                f"layer {layer} attends to {seen} keys, where the prompt and the answer so far have {end}: they cannot "
                "be told apart by modality; ask about one clip at a time, without padding"
            )
        self._passes[layer] += 1
        waiting = self._waiting[layer]
        if mask is None and window is None:
            waiting.add(query, key, scaling)
            if len(waiting.queries) == _AT_ONCE:
                self._reckon(layer)
            return
        self._reckon(layer)
        self._keep(layer, last_row(query, key, mask, scaling=scaling, window=window)[None], end)

    def finish(self) -> None:
        """Reckon what waits; to be called after the last pass."""
        for layer in range(self.layers):
            self._reckon(layer)

    def shares(self, said: int) -> NDArray[np.float32]:
        """(L, H, 3): attention to all keys of a modality, mean over an answer's tokens.

        Args:
            said: tokens of the answer; the pass that foretold its end is none of theirs.
        """
        import torch

        found: NDArray[np.float32] = np.stack([torch.cat(rows)[:said].mean(0).cpu().numpy() for rows in self.sums])
        return found

    def _reckon(self, layer: int) -> None:
        if self._waiting[layer].queries:
            rows = self._waiting[layer].rows()
            self._waiting[layer] = _Waiting()  # a key holds those of all tokens
            self._keep(layer, rows, len(self.prompt) + self._passes[layer] - 1)

    def _keep(self, layer: int, rows: Any, end: int) -> None:
        """Keep rows (N, H, S) over the keys up to the `end`-th."""
        known = self._one_hot(rows.device)[end - rows.shape[-1] :]
        sums = rows[..., : len(known)] @ known
        sums[..., _TEXT] += rows[..., len(known) :].sum(-1)
        self.sums[layer].append(sums)

    def _one_hot(self, device: Any) -> Any:
        """(P, 3) float32; layers may be on several devices."""
        import torch

        if device not in self._is:
            self._is[device] = torch.from_numpy(np.eye(len(MODALITIES), dtype=np.float32)[self.prompt]).to(device)
        return self._is[device]


@dataclass(eq=False)
class Kept(KeptShares):
    """The shares, the rows of the last layer, and the state of each layer."""

    hidden: list[Any] = field(init=False)
    """By layer: (width,), the state after it from which the answer's first token is foretold."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hidden = [None] * self.layers
        self._last: list[tuple[Any, int]] = []

    def last_layer(self, said: int) -> NDArray[np.float32]:
        """(G, T): the last layer's attention, mean over heads, of `said` tokens; 0 for keys that a row cannot see."""
        passes = self._passes[-1]
        found = np.zeros((passes, len(self.prompt) + passes - 1), dtype=np.float32)
        first = 0
        for rows, end in self._last:
            found[first : first + len(rows), end - rows.shape[-1] : end] = rows.cpu().numpy()
            first += len(rows)
        return found[:said, : len(self.prompt) + said - 1]

    def keys(self, said: int) -> NDArray[np.int8]:
        """(T,): the modality of each key that the last token is foretold from, an index into `MODALITIES`."""
        return np.pad(self.prompt, (0, said - 1), constant_values=_TEXT)

    def _keep(self, layer: int, rows: Any, end: int) -> None:
        super()._keep(layer, rows, end)
        if layer == self.layers - 1:
            self._last.append((rows.mean(1), end))


class _Waiting:
    """Queries of a layer whose rows are not reckoned yet, with the keys of the last."""

    def __init__(self) -> None:
        self.queries: list[Any] = []
        self._key: Any = None
        self._scaling: float | None = None

    def add(self, query: Any, key: Any, scaling: float | None) -> None:
        asked = query[0, :, -1]
        # A view of a long pass would hold the queries of all its tokens.
        self.queries.append(asked if query.shape[2] == 1 else asked.clone())
        self._key, self._scaling = key, scaling

    def rows(self) -> Any:
        """(N, H, S) float32."""
        import torch

        return rows_of_steps(torch.stack(self.queries), self._key, scaling=self._scaling)
