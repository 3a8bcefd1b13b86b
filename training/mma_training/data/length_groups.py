"""Batches of clips of like length, in an order that a training that goes on finds again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any


@cache
def length_grouped_class() -> Any:
    """The sampler; made when it is asked for, since torch takes seconds to import."""
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    class LengthGrouped(torch.utils.data.Sampler):  # type: ignore[misc]
        """Batches of like length in random order; the order of an epoch depends on its number and the seed alone."""

        def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
            self._lengths, self._batch, self._seed, self._epoch = list(lengths), batch, seed, 0

        def __len__(self) -> int:
            return len(self._lengths)

        def set_epoch(self, epoch: int) -> None:
            """Which epoch is begun."""
            self._epoch = epoch

        def __iter__(self) -> Iterator[int]:
            generator = torch.Generator().manual_seed(self._seed + self._epoch)
            return iter(get_length_grouped_indices(self._lengths, self._batch, generator=generator))

    return LengthGrouped
