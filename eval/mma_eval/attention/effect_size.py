"""How far apart attention is under the two questions: Cohen's d (paper, section 4.2, equations 1 and 2).

Left open there, and chosen here:

- n1 and n2 are clips: one number per clip and question, the mean over its answers, so that many tokens, rows or seeds
  of one clip do not make a difference look sure;
- s1 and s2 are sample deviations (divided by n - 1), which is what equation 2 weighs with n - 1;
- both questions are about the same clips, but equations 1 and 2 are those of independent groups: the correlation
  between the two numbers of a clip does not enter d. It does enter the interval, for a clip is drawn with both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.by_clip import Estimate, Measure, by_clip, estimate
from mma_eval.attention.record import Records
from mma_eval.attention.shares import video_by_layer
from mma_eval.statistics import times_drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_SPREAD = 1e-12
"""Sums of squares this much smaller than those around the mean of all clips are rounding errors."""


def cohens_d(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's d with the pooled deviation; positive where the first has the larger mean.

    d = (m1 - m2) / sp, sp = sqrt(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2)); nan where sp is 0 or n1 + n2 < 3.
    Source: paper, section 4.2, equations 1 and 2, after Cohen 2013.

    Args:
        first: (n1, ...), a sample per row.
        second: (n2, ...).

    >>> cohens_d(np.array([[2.0], [4.0], [6.0]]), np.array([[1.0], [3.0]]))  # 2 / sqrt((2 * 4 + 1 * 2) / 3)
    array([1.09544512])
    """
    centre = np.concatenate([first, second]).mean(0)
    moments = [
        _moments(np.ones((1, len(x))), np.ones(len(x)), (x - centre).reshape(len(x), -1)) for x in (first, second)
    ]
    d: NDArray[np.float64] = _from_moments(*moments)[0].reshape(centre.shape)
    return d


@dataclass(frozen=True)
class Separation:
    """Cohen's d between the answers to the visual and the audio question."""

    places: Estimate
    """In each layer, head or whatever the measure tells apart."""
    mean: Estimate
    """Its mean over them; shape ()."""


def separation(records: Records, measure: Measure = video_by_layer, *, seed: int = 0) -> Separation | None:
    """Cohen's d of a measure between the visual question (D1) and the audio question (D2).

    Args:
        records: of one model and condition, both questions.
        measure: what is compared; by default what section 4.2 compares.
        seed: of the bootstrap over clips.

    Returns:
        None where one of the questions has no answers.
    """
    compared = _Compared.of(records, measure)
    if compared is None:
        return None
    shape, clips, value = compared.shape, len(compared.clips), compared.value()
    drawn = np.concatenate(list(compared.resampled(times_drawn(clips, seed))))
    return _separation(value, drawn, shape, clips)


def separation_values(records: Records, measure: Measure) -> NDArray[np.float64] | None:
    """Cohen's d as of `separation`, without intervals: for as many places as there are heads in a model."""
    compared = _Compared.of(records, measure)
    if compared is None:
        return None
    d: NDArray[np.float64] = compared.value().reshape(compared.shape)
    return d


def separation_change(
    first: Records, second: Records, measure: Measure = video_by_layer, *, seed: int = 0
) -> Separation | None:
    """By how much d is larger in the second than in the first: misaligned against aligned, or tuned against base.

    A clip that both are about is drawn for both at once. Arguments as of `separation`.
    """
    clips = sorted({record.clip_id for record in (*first, *second)})
    both = [_Compared.of(records, measure, clips) for records in (first, second)]
    if both[0] is None or both[1] is None or both[0].shape != both[1].shape:
        return None
    before, after = both[0], both[1]
    value = after.value() - before.value()
    draws = zip(
        before.resampled(times_drawn(len(clips), seed)), after.resampled(times_drawn(len(clips), seed)), strict=True
    )
    return _separation(value, np.concatenate([b - a for a, b in draws]), before.shape, len(clips))


def _separation(
    value: NDArray[np.float64], drawn: NDArray[np.float64], shape: tuple[int, ...], clips: int
) -> Separation:
    return Separation(estimate(value.reshape(shape), drawn, clips), estimate(value.mean(), drawn.mean(1), clips))


_Moments = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]
"""Count (draws, 1), mean and sum of squares around it (draws, places)."""


@dataclass(frozen=True)
class _Compared:
    """A number per clip under each question; a clip that was not asked one of them is absent there."""

    clips: list[str]
    shape: tuple[int, ...]
    there: tuple[NDArray[np.float64], NDArray[np.float64]]
    values: tuple[NDArray[np.float64], NDArray[np.float64]]
    """(clips, places), less the mean of all; 0 where absent."""

    @classmethod
    def of(cls, records: Records, measure: Measure, clips: list[str] | None = None) -> _Compared | None:
        visual, audio = (by_clip([r for r in records if r.prompt == p], measure) for p in ("visual", "audio"))
        if not visual or not audio:
            return None
        clips = clips or sorted({*visual, *audio})
        centre = np.mean([*visual.values(), *audio.values()], axis=0)
        there = [np.array([float(clip in found) for clip in clips]) for found in (visual, audio)]
        values = [
            np.stack([(found[clip] - centre if clip in found else np.zeros_like(centre)).ravel() for clip in clips])
            for found in (visual, audio)
        ]
        return cls(clips, centre.shape, (there[0], there[1]), (values[0], values[1]))

    def value(self) -> NDArray[np.float64]:
        once: NDArray[np.float64] = next(self.resampled(iter([np.ones((1, len(self.clips)))])))[0]
        return once

    def resampled(self, draws: Iterator[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
        for times in draws:
            first, second = (_moments(times, self.there[k], self.values[k]) for k in (0, 1))
            yield _from_moments(first, second)


def _moments(times: NDArray[np.float64], there: NDArray[np.float64], values: NDArray[np.float64]) -> _Moments:
    count = (times @ there)[:, None]
    sums, squares = times @ values, times @ values**2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / count
        around = squares - count * mean**2
    return count, mean, np.where(around > _NO_SPREAD * squares, around, 0.0)


def _from_moments(first: _Moments, second: _Moments) -> NDArray[np.float64]:
    free = first[0] + second[0] - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.sqrt((first[2] + second[2]) / np.where(free > 0, free, np.nan))
        d: NDArray[np.float64] = (first[1] - second[1]) / np.where(pooled > 0, pooled, np.nan)
    return d
