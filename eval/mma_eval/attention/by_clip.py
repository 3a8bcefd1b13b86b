"""One number per clip, and what is true of clips in general: means with bootstrap intervals."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.record import AttentionRecord, Records
from mma_eval.statistics import times_drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

Measure = Callable[[AttentionRecord], "NDArray[np.float64]"]
"""What is looked at in an answer: numbers of the same shape for every answer of a model."""


@dataclass(frozen=True)
class Estimate:
    """Numbers of any shape, each with the 95 % percentile interval of a bootstrap that draws clips."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    """nan where fewer than two clips say nothing about others."""
    high: NDArray[np.float64]
    clips: int


def by_clip(records: Records, measure: Measure) -> dict[str, NDArray[np.float64]]:
    """The measure's mean over the answers about each clip: those of several rows or seeds are not independent."""
    found = defaultdict(list)
    for record in records:
        found[record.clip_id].append(np.asarray(measure(record), float))
    return {clip: np.mean(values, axis=0) for clip, values in found.items()}


def mean(of_clips: Mapping[str, NDArray[np.float64]], *, seed: int = 0) -> Estimate:
    """The mean over clips.

    >>> found = mean({str(k): np.array([float(k % 2)]) for k in range(100)})  # sd 0.5, so 0.5 -+ 1.96 * 0.05
    >>> found.value.item(), round(found.low.item(), 1), round(found.high.item(), 1), found.clips
    (0.5, 0.4, 0.6, 100)
    """
    values = np.stack(list(of_clips.values()))
    flat = values.reshape(len(values), -1)
    drawn = np.concatenate([times @ flat / len(flat) for times in times_drawn(len(flat), seed)])
    return estimate(values.mean(0), drawn, len(values))


def estimate(value: NDArray[np.float64], drawn: NDArray[np.float64], clips: int) -> Estimate:
    """A value with the interval of its bootstrap samples, (samples, ...).

    Samples in which it is undefined (nan) do not count.
    """
    if clips < 2:
        nothing = np.full(value.shape, np.nan)
        return Estimate(value, nothing, nothing, clips)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN")  # undefined in all samples: nan says so
        quantile = np.nanquantile if np.isnan(drawn).any() else np.quantile  # the latter is much faster
        low, high = quantile(drawn, [0.025, 0.975], axis=0).reshape(2, *value.shape)
    return Estimate(value, low, high, clips)
