"""Cohen's d of a measure between the visual and the audio question (paper, section 4.2, equations 1 and 2).

The paper leaves these choices open:

- n1 and n2 are clips: one number per clip and question, the mean over its answers, so that many tokens, rows or seeds
  of one clip do not count as independent samples;
- s1 and s2 are sample deviations (divided by n - 1), because equation 2 weights them with n - 1;
- both questions are about the same clips, but equations 1 and 2 are those of independent groups: the correlation
  between the two numbers of a clip does not enter d. It does enter the interval, because a clip is drawn with both;
- a clip is excluded only in places where its number is undefined, such as a layer that attends only to text; the mean
  over places covers those where d is defined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.answers import AnswerAttention
from mma_eval.attention.by_clip import BootstrapEstimate, Measure, bootstrap_estimate, by_clip, mean_of_finite
from mma_eval.attention.shares import video_by_layer
from mma_eval.scoring.statistics import times_drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_SPREAD = 1e-12
"""Centred sums of squares below this fraction of the raw sum of squares are rounding errors."""
_Moments = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]
"""Count, mean and sum of squares around it, (samples, places) each."""


def cohens_d(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute Cohen's d with the pooled standard deviation, positive where the first group has the larger mean.

    d = (m1 - m2) / sp, sp = sqrt(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2)); nan if sp is 0 or n1 + n2 < 3.
    Values that are not finite are missing.
    Source: paper, section 4.2, equations 1 and 2, after Cohen 2013.

    Args:
        first: (n1, ...), a sample per row.
        second: (n2, ...).

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
    """(): mean over the places where d is defined."""
    left_out: int = 0
    """Number of clips without a question in common between the two compared sides."""


def separation(
    answers: Sequence[AnswerAttention], measure: Measure = video_by_layer, *, seed: int = 0
) -> Separation | None:
    """Compute Cohen's d of a measure between the visual question (D1) and the audio question (D2).

    Args:
        answers: of one model and condition, to both questions.
        measure: the measure to compare; by default that of section 4.2.
        seed: of the bootstrap over clips.

    Returns:
        d with its intervals; None if one of the questions has no answers.
    """
    numbers = _ClipNumbers.of(answers, measure)
    if numbers is None:
        return None
    drawn = np.concatenate(list(numbers.resampled(times_drawn(len(numbers.clips), seed))))
    return _separation(numbers.d(), drawn, numbers)


def separation_values(answers: Sequence[AnswerAttention], measure: Measure) -> NDArray[np.float64] | None:
    """Compute Cohen's d without intervals, for measures with many places, such as one per head.

    Arguments as for `separation`; also returns None if one of the questions has no answers.
    """
    numbers = _ClipNumbers.of(answers, measure)
    return None if numbers is None else numbers.d().reshape(numbers.shape)


def separation_change(
    first: Sequence[AnswerAttention],
    second: Sequence[AnswerAttention],
    measure: Measure = video_by_layer,
    *,
    seed: int = 0,
) -> Separation | None:
    """Compute d of the second side minus d of the first, such as misaligned minus aligned or tuned minus base.

    Only questions asked on both sides about the same clips count; otherwise a difference between clips would appear as
    a difference between models. Bootstrap samples are shared by both sides. Other arguments as for `separation`.

    Returns:
        The difference of d; None if a question has no clips in common, or the measures differ in shape.
    """
    every = {answer.clip_id for answer in (*first, *second)}
    asked = {(a.clip_id, a.prompt) for a in first} & {(a.clip_id, a.prompt) for a in second}
    both = [_ClipNumbers.of([a for a in of if (a.clip_id, a.prompt) in asked], measure) for of in (first, second)]
    if both[0] is None or both[1] is None or both[0].shape != both[1].shape:
        return None
    before, after = _where_both_are_present(both[0], both[1])
    clips = len(before.clips)
    draws = zip(before.resampled(times_drawn(clips, seed)), after.resampled(times_drawn(clips, seed)), strict=True)
    drawn = np.concatenate([b - a for a, b in draws])
    return _separation(after.d() - before.d(), drawn, before, left_out=len(every) - clips)


@dataclass(frozen=True)
class _ClipNumbers:
    """A number per clip and place for each of the two questions."""

    clips: list[str]
    shape: tuple[int, ...]
    present: tuple[NDArray[np.float64], NDArray[np.float64]]
    """(clips, places) for each question: 1 if the clip was asked it and has the number, else 0."""
    values: tuple[NDArray[np.float64], NDArray[np.float64]]
    """(clips, places) for each question, minus the mean of all; 0 if missing."""

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

    def fewest(self) -> NDArray[np.int_]:
        """Return the number of clips in each place, (places,); the smaller one of the two questions."""
        return np.asarray(np.minimum(*(present.sum(0) for present in self.present)).astype(int))

    def d(self) -> NDArray[np.float64]:
        """Return Cohen's d over all clips, (places,)."""
        return np.asarray(next(self.resampled(iter([np.ones((1, len(self.clips)))])))[0])

    def resampled(self, draws: Iterator[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
        """Yield Cohen's d of each sample, (samples, places), given how often it draws each clip, (samples, clips)."""
        for times in draws:
            first, second = (_moments(times, self.present[k], self.values[k]) for k in (0, 1))
            yield _d(first, second)


def _where_both_are_present(first: _ClipNumbers, second: _ClipNumbers) -> tuple[_ClipNumbers, _ClipNumbers]:
    """Restrict numbers about the same clips to the clips and places that both have."""
    present = (first.present[0] * second.present[0], first.present[1] * second.present[1])

    def restricted(of: _ClipNumbers) -> _ClipNumbers:
        return replace(of, present=present, values=(of.values[0] * present[0], of.values[1] * present[1]))

    return restricted(first), restricted(second)


def _separation(
    value: NDArray[np.float64], drawn: NDArray[np.float64], numbers: _ClipNumbers, *, left_out: int = 0
) -> Separation:
    shape, clips, present = numbers.shape, len(numbers.clips), numbers.fewest()
    defined = np.isfinite(value)
    over = drawn[:, defined].mean(1) if defined.any() else np.full(len(drawn), np.nan)
    fewest = present[defined].min() if defined.any() else np.array(0)
    return Separation(
        bootstrap_estimate(value.reshape(shape), drawn, clips, present.reshape(shape)),
        bootstrap_estimate(mean_of_finite(value), over, clips, np.asarray(fewest)),
        left_out,
    )


def _centred(
    numbers: NDArray[np.float64], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a presence mask (1 or 0), and the numbers minus `centre`, with 0 for missing ones."""
    present = np.isfinite(numbers)
    return present.astype(float), np.where(present, numbers - centre, 0.0)


def _moments(times: NDArray[np.float64], present: NDArray[np.float64], values: NDArray[np.float64]) -> _Moments:
    """Compute the moments of bootstrap samples, given the count of each clip in each, (samples, clips)."""
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
