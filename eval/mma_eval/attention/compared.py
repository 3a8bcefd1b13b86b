"""A number per clip under each of the two questions, and Cohen's d of it in as many bootstrap samples as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.by_clip import Measure, by_clip, mean_of_finite
from mma_eval.attention.record import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_SPREAD = 1e-12
"""Sums of squares this much smaller than those around the mean of all clips are rounding errors."""
Moments = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]
"""Count, mean and sum of squares around it, (samples, places) each."""


@dataclass(frozen=True)
class Compared:
    """A number per clip and place under each question."""

    clips: list[str]
    shape: tuple[int, ...]
    there: tuple[NDArray[np.float64], NDArray[np.float64]]
    """(clips, places): 1 where a clip was asked the question and has the number, else 0."""
    values: tuple[NDArray[np.float64], NDArray[np.float64]]
    """(clips, places), less the mean of all; 0 where absent."""

    @classmethod
    def of(cls, records: Records, measure: Measure) -> Compared | None:
        """What the records of one model and condition tell; None where one of the questions has no answers."""
        visual, audio = (by_clip([r for r in records if r.prompt == p], measure) for p in ("visual", "audio"))
        if not visual or not audio:
            return None
        clips = sorted({*visual, *audio})
        nothing = np.full_like(next(iter(visual.values())), np.nan)
        numbers = [np.stack([found.get(clip, nothing) for clip in clips]) for found in (visual, audio)]
        shape, flat = nothing.shape, [of.reshape(len(clips), -1) for of in numbers]
        centre = mean_of_finite(np.concatenate(flat))
        (there1, values1), (there2, values2) = (around(of, centre) for of in flat)
        return cls(clips, shape, (there1, there2), (values1, values2))

    def fewest(self) -> NDArray[np.int_]:
        """(places,): how many clips have the number, under the question where they are fewer."""
        found: NDArray[np.int_] = np.minimum(*(there.sum(0) for there in self.there)).astype(int)
        return found

    def value(self) -> NDArray[np.float64]:
        """(places,): Cohen's d of all clips."""
        once: NDArray[np.float64] = next(self.resampled(iter([np.ones((1, len(self.clips)))])))[0]
        return once

    def resampled(self, draws: Iterator[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
        """Cohen's d of each sample, (samples, places), from how often each clip is drawn, (samples, clips)."""
        for times in draws:
            first, second = (moments(times, self.there[k], self.values[k]) for k in (0, 1))
            yield d_of(first, second)


def where_both_are(first: Compared, second: Compared) -> tuple[Compared, Compared]:
    """The same clips in the same places of both; they are about the same clips."""
    there = (first.there[0] * second.there[0], first.there[1] * second.there[1])

    def only(of: Compared) -> Compared:
        return replace(of, there=there, values=(of.values[0] * there[0], of.values[1] * there[1]))

    return only(first), only(second)


def around(
    numbers: NDArray[np.float64], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which numbers are there, 1 or 0, and the numbers less `centre`, 0 where they are not."""
    there = np.isfinite(numbers)
    return there.astype(float), np.where(there, numbers - centre, 0.0)


def moments(times: NDArray[np.float64], there: NDArray[np.float64], values: NDArray[np.float64]) -> Moments:
    """Of samples that draw each clip so many times, (samples, clips); the others as of `Compared`."""
    count = times @ there
    sums, squares = times @ values, times @ values**2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / count
        left = squares - count * mean**2
    return count, mean, np.where(left > _NO_SPREAD * squares, left, 0.0)


def d_of(first: Moments, second: Moments) -> NDArray[np.float64]:
    """Cohen's d of two groups, (samples, places); nan where they have no spread, or are too few to tell it."""
    free = first[0] + second[0] - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.sqrt((first[2] + second[2]) / np.where(free > 0, free, np.nan))
        d: NDArray[np.float64] = (first[1] - second[1]) / np.where(pooled > 0, pooled, np.nan)
    return d
