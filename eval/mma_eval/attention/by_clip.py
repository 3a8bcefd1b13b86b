"""Average measures per clip, and compute means over clips with bootstrap intervals.

Non-finite values count as missing: a layer that attends only to text has no video share among video and audio (nan)
and an infinite dominance index. A clip is excluded only where its value is missing; `BootstrapEstimate.present` counts
the remaining clips.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.answers import AnswerAttention
from mma_eval.scoring.statistics import times_drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

Measure = Callable[[AnswerAttention], "NDArray[np.float64]"]
"""Function that maps an answer to an array, whose shape is the same for every answer of a model."""


@dataclass(frozen=True)
class BootstrapEstimate:
    """An array of estimates with 95 % percentile-bootstrap intervals; clips are the resampling unit."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    """Lower ends of the intervals, and `high` the upper ends; nan for fewer than two clips."""
    high: NDArray[np.float64]
    clips: int
    """Number of clips in each bootstrap sample."""
    present: NDArray[np.int_]
    """Number of clips with a finite value, for each element of `value`."""

    def at(self, k: int) -> BootstrapEstimate:
        """Return the estimate at index `k` of the first axis."""
        return BootstrapEstimate(self.value[k], self.low[k], self.high[k], self.clips, self.present[k])

    def farthest(self) -> int | None:
        """Return the index of the value that is farthest from 0; None if none is defined."""
        return None if np.isnan(self.value).all() else int(np.nanargmax(abs(self.value)))


def by_clip(answers: Sequence[AnswerAttention], measure: Measure) -> dict[str, NDArray[np.float64]]:
    """Average a measure over the answers about each clip, which are not independent.

    Non-finite values are ignored; the average is nan if an element has no finite value.
    """
    found = defaultdict(list)
    for answer in answers:
        found[answer.clip_id].append(np.asarray(measure(answer), float))
    return {clip: mean_of_finite(np.stack(values)) for clip, values in found.items()}


def mean_of_finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the first axis, ignoring non-finite values; nan without finite values.

    >>> mean_of_finite(np.array([[1.0, np.inf], [3.0, np.nan]]))
    array([ 2., nan])
    """
    present = np.isfinite(values)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the nan of no values
        return np.asarray(np.where(present, values, 0.0).sum(0) / present.sum(0))


def mean(of_clips: Mapping[str, NDArray[np.float64]]) -> BootstrapEstimate:
    """Return the mean over clips with its bootstrap interval.

    >>> found = mean({str(k): np.array([float(k % 2)]) for k in range(100)})  # sd 0.5, so 0.5 -+ 1.96 * 0.05
    >>> found.value.item(), round(found.low.item(), 1), round(found.high.item(), 1), found.clips
    (0.5, 0.4, 0.6, 100)
    """
    values = np.stack(list(of_clips.values()))
    flat = values.reshape(len(values), -1)
    present = np.isfinite(flat)
    known = np.where(present, flat, 0.0)
    with np.errstate(invalid="ignore"):  # nan if a sample draws no clip with the value
        drawn = np.concatenate([times @ known / (times @ present) for times in times_drawn(len(flat), seed=0)])
    return bootstrap_estimate(mean_of_finite(values), drawn, len(values), present.sum(0).reshape(values.shape[1:]))


def bootstrap_estimate(
    value: NDArray[np.float64], drawn: NDArray[np.float64], clips: int, present: NDArray[np.int_]
) -> BootstrapEstimate:
    """Combine a value with the interval of its bootstrap samples, (samples, ...), ignoring nan samples."""
    if clips < 2:
        nothing = np.full(value.shape, np.nan)
        return BootstrapEstimate(value, nothing, nothing, clips, present)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN")  # undefined in all samples: the interval is nan
        quantile = np.nanquantile if np.isnan(drawn).any() else np.quantile  # the latter is much faster
        low, high = quantile(drawn, [0.025, 0.975], axis=0).reshape(2, *value.shape)
    return BootstrapEstimate(value, low, high, clips, present)
