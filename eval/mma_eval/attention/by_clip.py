"""One number per clip, and what is true of clips in general: means with bootstrap intervals.

A number that is not finite says nothing: a layer that looks at text only has no share of video among video and audio
(nan), and no finite index of dominance (inf). Such a clip is absent in that place and counts in all others;
`Estimate.there` says how many are left.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.record import AttentionRecord, Records
from mma_eval.scoring.statistics import times_drawn

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
    """That were drawn."""
    there: NDArray[np.int_]
    """How many of them have each number; of the same shape."""


def by_clip(records: Records, measure: Measure) -> dict[str, NDArray[np.float64]]:
    """The measure's mean over the answers about each clip: those of several rows or seeds are not independent.

    nan where it is finite in none of them.
    """
    found = defaultdict(list)
    for record in records:
        found[record.clip_id].append(np.asarray(measure(record), float))
    return {clip: mean_of_finite(np.stack(values)) for clip, values in found.items()}


def mean_of_finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the first axis of what is finite; nan where nothing is.

    >>> mean_of_finite(np.array([[1.0, np.inf], [3.0, np.nan]]))
    array([ 2., nan])
    """
    there = np.isfinite(values)
    count = there.sum(0)
    sums = np.where(there, values, 0.0).sum(0)
    found: NDArray[np.float64] = np.divide(sums, count, out=np.full(sums.shape, np.nan), where=count > 0)
    return found


def mean(of_clips: Mapping[str, NDArray[np.float64]], *, seed: int = 0) -> Estimate:
    """The mean over clips.

    >>> found = mean({str(k): np.array([float(k % 2)]) for k in range(100)})  # sd 0.5, so 0.5 -+ 1.96 * 0.05
    >>> found.value.item(), round(found.low.item(), 1), round(found.high.item(), 1), found.clips
    (0.5, 0.4, 0.6, 100)
    """
    values = np.stack(list(of_clips.values()))
    flat = values.reshape(len(values), -1)
    there = np.isfinite(flat)
    known = np.where(there, flat, 0.0)
    with np.errstate(invalid="ignore"):  # a sample may draw no clip that has the number: nan says so
        drawn = np.concatenate([times @ known / (times @ there) for times in times_drawn(len(flat), seed)])
    return estimate(mean_of_finite(values), drawn, len(values), there.sum(0).reshape(values.shape[1:]))


def estimate(value: NDArray[np.float64], drawn: NDArray[np.float64], clips: int, there: NDArray[np.int_]) -> Estimate:
    """A value with the interval of its bootstrap samples, (samples, ...).

    Samples in which it is undefined (nan) do not count.
    """
    if clips < 2:
        nothing = np.full(value.shape, np.nan)
        return Estimate(value, nothing, nothing, clips, there)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN")  # undefined in all samples: nan says so
        quantile = np.nanquantile if np.isnan(drawn).any() else np.quantile  # the latter is much faster
        low, high = quantile(drawn, [0.025, 0.975], axis=0).reshape(2, *value.shape)
    return Estimate(value, low, high, clips, there)
