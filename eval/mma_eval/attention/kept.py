"""What the forward passes of one answer leave behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mma_eval.attention.record import MODALITIES
from mma_eval.model import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXT = MODALITIES.index("text")


@dataclass
class Kept:
    """One row of attention per pass and layer; L layers, H heads, P keys of the prompt, G tokens said."""

    prompt: NDArray[np.int8]
    """(P,): modalities of the prompt's keys. Those that follow are the answer's own, and text."""
    layers: int
    sums: list[list[Any]] = field(init=False)
    """By layer and pass: (H, 3) float32, attention to all keys of each modality."""
    last: list[Any] = field(init=False, default_factory=list)
    """By pass: (keys seen,) float32, of the last layer, mean over heads."""
    hidden: list[Any] = field(init=False)
    """By layer: (width,), the state after it from which the answer's first token is foretold."""

    def __post_init__(self) -> None:
        self.sums = [[] for _ in range(self.layers)]
        self.hidden = [None] * self.layers
        self._is: dict[Any, Any] = {}

    def add(self, layer: int, row: Any, *, window: int | None) -> None:
        """Keep a row of a layer's attention.

        Args:
            layer: from 0.
            row: (H, S) float32, over the last S keys there are.
            window: keys that a layer sees at most, where it has a sliding window; its cache then forgets older ones.

        Raises:
            ModelError: other keys than those of the prompt and one more for each pass.
        """
        end, seen = len(self.prompt) + len(self.sums[layer]), row.shape[-1]
        if seen > end or (seen < end and (window is None or seen < window)):
            raise ModelError(
                f"layer {layer} attends to {seen} keys, where the prompt and the answer so far have {end}: they cannot "
                "be told apart by modality; ask about one clip at a time, without padding"
            )
        known = self._one_hot(row.device)[end - seen :]
        sums = row[:, : len(known)] @ known
        sums[:, _TEXT] += row[:, len(known) :].sum(-1)
        self.sums[layer].append(sums)
        if layer == self.layers - 1:
            self.last.append(row.mean(0))

    def shares(self, said: int) -> NDArray[np.float32]:
        """(L, H, 3): attention to all keys of a modality, mean over an answer's tokens.

        Args:
            said: tokens of the answer; the pass that foretold its end is none of theirs.
        """
        import torch

        found: NDArray[np.float32] = np.stack([torch.stack(rows[:said]).mean(0).cpu().numpy() for rows in self.sums])
        return found

    def last_layer(self, said: int) -> NDArray[np.float32]:
        """(G, T): the last layer's attention, mean over heads; 0 for keys that a row cannot see."""
        found = np.zeros((said, len(self.prompt) + said - 1), dtype=np.float32)
        for number, row in enumerate(self.last[:said]):
            end = len(self.prompt) + number
            found[number, end - len(row) : end] = row.cpu().numpy()
        return found

    def keys(self, said: int) -> NDArray[np.int8]:
        """(T,): the modality of each key that the last token is foretold from, an index into `MODALITIES`."""
        return np.pad(self.prompt, (0, said - 1), constant_values=_TEXT)

    def _one_hot(self, device: Any) -> Any:
        """(P, 3) float32; layers may be on several devices."""
        import torch

        if device not in self._is:
            self._is[device] = torch.from_numpy(np.eye(len(MODALITIES), dtype=np.float32)[self.prompt]).to(device)
        return self._is[device]
