"""Cohen's d of a measure between the visual and the audio question (paper, section 4.2, equations 1 and 2).

The paper leaves these choices open:

- n1 and n2 count clips: one number per clip and question, the mean over its answers, so that many tokens, rows or seeds
  of one clip do not count as independent samples;
- s1 and s2 are sample deviations (divided by n - 1), because equation 2 weights them with n - 1;
- both questions are about the same clips, but equations 1 and 2 are those of independent groups: the correlation
  between the two numbers of a clip does not enter d. It does enter the interval, because each draw of a clip
  includes both;
- a clip is excluded only in those places (layers or heads) where its number is undefined, such as a layer that attends
  only to text; the mean over places covers the places where d is defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.answers import AnswerAttention, video_by_layer
from mma_eval.attention.by_clip import BootstrapEstimate, Measure, bootstrap_estimate, by_clip, mean_of_finite
from mma_eval.scoring.statistics import times_drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_SPREAD = 1e-12
"""Centred sums of squares below this fraction of the raw sum of squares are treated as rounding errors."""
_Both = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
_Moments = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]
"""Count, mean and sum of squared deviations from the mean, each (samples, places)."""


def cohens_d(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute Cohen's d with the pooled standard deviation, positive where the first group has the larger mean.

    d = (m1 - m2) / sp, sp = sqrt(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2)); nan if sp is 0 or n1 + n2 < 3.
    The groups, (n1, ...) and (n2, ...), have one sample per row; non-finite values count as missing.
    Source: paper, section 4.2, equations 1 and 2, after Cohen 2013.

    >>> cohens_d(np.array([[2.0], [4.0], [6.0]]), np.array([[1.0], [3.0]]))  # 2 / sqrt((2 * 4 + 1 * 2) / 3)
    array([1.09544512])
    """
    centre = mean_of_finite(np.concatenate([first, second]))
    samples = (_centred(x.reshape(len(x), -1), centre.ravel()) for x in (first, second))
    d = _d(*(_moments(np.ones((1, len(present))), present, values) for present, values in samples))
    return np.asarray(d[0].reshape(centre.shape))


@dataclass(frozen=True)
class Separation:
    """Cohen's d between the answers to the visual and to the audio question."""

    places: BootstrapEstimate
    """d in each place of the measure, such as each layer or head."""
    mean: BootstrapEstimate
    """(): mean of d over the places where it is defined."""
    left_out: int = 0
    """Number of clips left out because no question about them was asked on both compared sides."""


def separation(
    answers: Sequence[AnswerAttention], measure: Measure = video_by_layer, *, seed: int = 0
) -> Separation | None:
    """Compute Cohen's d of a measure between the visual question (D1) and the audio question (D2).

    `answers` are those of one model and condition; the default `measure` is that of section 4.2, and `seed` is for the
    bootstrap over clips. Return None if one of the questions has no answers.
    """
    numbers = _ClipNumbers.of(answers, measure)
    if numbers is None:
        return None
    drawn = np.concatenate([numbers.d(times) for times in times_drawn(len(numbers.clips), seed)])
    return _separation(numbers.d(), drawn, numbers)


def separation_values(answers: Sequence[AnswerAttention], measure: Measure) -> NDArray[np.float64] | None:
    """Compute Cohen's d of each element of the measure, such as each layer or head, without bootstrap intervals.

    Cheaper than `separation` for measures with many elements. Return None if one of the questions has no answers.
    """
    numbers = _ClipNumbers.of(answers, measure)
    return None if numbers is None else numbers.d()[0].reshape(numbers.shape)


def separation_change(
    first: Sequence[AnswerAttention], second: Sequence[AnswerAttention], measure: Measure = video_by_layer
) -> Separation | None:
    """Compute the second side's d minus the first side's, such as misaligned minus aligned or tuned minus base.

    Only questions asked on both sides about the same clips count; otherwise a difference between clips would appear as
    a difference between models. Bootstrap samples are shared by both sides. Return None if a question has no clips in
    common, or the measures differ in shape.
    """
    every = {answer.clip_id for answer in (*first, *second)}
    asked = {(a.clip_id, a.prompt) for a in first} & {(a.clip_id, a.prompt) for a in second}
    before, after = (
        _ClipNumbers.of([a for a in of if (a.clip_id, a.prompt) in asked], measure) for of in (first, second)
    )
    if before is None or after is None or before.shape != after.shape:
        return None
    present = (before.present[0] * after.present[0], before.present[1] * after.present[1])
    before, after = before.restricted(present), after.restricted(present)
    clips = len(before.clips)
    drawn = np.concatenate([after.d(times) - before.d(times) for times in times_drawn(clips, seed=0)])
    return _separation(after.d() - before.d(), drawn, before, left_out=len(every) - clips)


@dataclass(frozen=True)
class _ClipNumbers:
    """Values of a measure by clip and place, for each of the two questions."""

    clips: list[str]
    shape: tuple[int, ...]
    present: _Both
    """(clips, places) for each question: 1 if the clip was asked about and its value is finite, else 0."""
    values: _Both
    """(clips, places) for each question: the value minus the mean of all values; 0 if missing."""

    @classmethod
    def of(cls, answers: Sequence[AnswerAttention], measure: Measure) -> _ClipNumbers | None:
        """Measure the answers of one model and condition; return None if one of the questions has no answers."""
        visual, audio = (by_clip([a for a in answers if a.prompt == p], measure) for p in ("visual", "audio"))
        if not visual or not audio:
            return None
        clips = sorted({*visual, *audio})
        nothing = np.full_like(next(iter(visual.values())), np.nan)
        numbers = [np.stack([found.get(clip, nothing) for clip in clips]) for found in (visual, audio)]
        flat = [of.reshape(len(clips), -1) for of in numbers]
        centre = mean_of_finite(np.concatenate(flat))
        (present1, values1), (present2, values2) = (_centred(of, centre) for of in flat)
        return cls(clips, nothing.shape, (present1, present2), (values1, values2))

    def d(self, times: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return Cohen's d of each sample, (samples, places), given how often it draws each clip, (samples, clips).

        By default the only sample draws every clip once.
        """
        times = np.ones((1, len(self.clips))) if times is None else times
        return _d(*(_moments(times, self.present[k], self.values[k]) for k in (0, 1)))

    def restricted(self, present: _Both) -> _ClipNumbers:
        """Keep the numbers of the clips and places in `present`."""
        return replace(self, present=present, values=(self.values[0] * present[0], self.values[1] * present[1]))


def _separation(
    d: NDArray[np.float64], drawn: NDArray[np.float64], numbers: _ClipNumbers, *, left_out: int = 0
) -> Separation:
    """Combine d over all clips, (1, places), with the interval of its bootstrap samples, (samples, places)."""
    value, shape, clips = d[0], numbers.shape, len(numbers.clips)
    present = np.minimum(*(there.sum(0) for there in numbers.present)).astype(int)  # the fewer of the two questions
    defined = np.isfinite(value)
    over = drawn[:, defined].mean(1) if defined.any() else np.full(len(drawn), np.nan)
    fewest = present[defined].min() if defined.any() else np.array(0)
    return Separation(
        bootstrap_estimate(value.reshape(shape), drawn, clips, present.reshape(shape)),
        bootstrap_estimate(mean_of_finite(value), over, clips, np.asarray(fewest)),
        left_out,
    )


def _centred(numbers: NDArray[np.float64], centre: NDArray[np.float64]) -> _Both:
    """Return a presence mask (1 or 0), and the numbers minus `centre`, with 0 for missing ones."""
    present = np.isfinite(numbers)
    return present.astype(float), np.where(present, numbers - centre, 0.0)


def _moments(times: NDArray[np.float64], present: NDArray[np.float64], values: NDArray[np.float64]) -> _Moments:
    """Compute the moments of bootstrap samples, given how often each draws each clip, (samples, clips)."""
    count = times @ present
    sums, squares = times @ values, times @ values**2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / count
        left = squares - count * mean**2
    return count, mean, np.where(left > _NO_SPREAD * squares, left, 0.0)


def _d(first: _Moments, second: _Moments) -> NDArray[np.float64]:
    """Compute Cohen's d of two groups, (samples, places); nan without spread or with too few clips."""
    free = first[0] + second[0] - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.sqrt((first[2] + second[2]) / np.where(free > 0, free, np.nan))
        return np.asarray((first[1] - second[1]) / np.where(pooled > 0, pooled, np.nan))
