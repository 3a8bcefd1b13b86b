"""How far apart attention is under the two questions: Cohen's d (paper, section 4.2, equations 1 and 2).

Left open there, and chosen here:

- n1 and n2 are clips: one number per clip and question, the mean over its answers, so that many tokens, rows or seeds
  of one clip do not make a difference look sure;
- s1 and s2 are sample deviations (divided by n - 1), which is what equation 2 weighs with n - 1;
- both questions are about the same clips, but equations 1 and 2 are those of independent groups: the correlation
  between the two numbers of a clip does not enter d. It does enter the interval, for a clip is drawn with both;
- a clip whose number is undefined in a place, such as a layer that looks at text only, is absent there and nowhere
  else; the mean over places is that over the places where d is defined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.by_clip import Estimate, Measure, estimate, mean_of_finite
from mma_eval.attention.compared import Compared, around, d_of, moments, where_both_are
from mma_eval.attention.record import Records
from mma_eval.attention.shares import video_by_layer
from mma_eval.scoring.statistics import times_drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cohens_d(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's d with the pooled deviation; positive where the first has the larger mean.

    d = (m1 - m2) / sp, sp = sqrt(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2)); nan where sp is 0 or n1 + n2 < 3.
    Samples that are not finite are absent.
    Source: paper, section 4.2, equations 1 and 2, after Cohen 2013.

    Args:
        first: (n1, ...), a sample per row.
        second: (n2, ...).

    >>> cohens_d(np.array([[2.0], [4.0], [6.0]]), np.array([[1.0], [3.0]]))  # 2 / sqrt((2 * 4 + 1 * 2) / 3)
    array([1.09544512])
    """
    centre = mean_of_finite(np.concatenate([first, second]))
    samples = (around(x.reshape(len(x), -1), centre.ravel()) for x in (first, second))
    d = d_of(*(moments(np.ones((1, len(there))), there, values) for there, values in samples))
    of_all: NDArray[np.float64] = d[0].reshape(centre.shape)
    return of_all


@dataclass(frozen=True)
class Separation:
    """Cohen's d between the answers to the visual and the audio question."""

    places: Estimate
    """In each layer, head or whatever the measure tells apart."""
    mean: Estimate
    """Its mean over those where it is defined; shape ()."""
    left_out: int = 0
    """Clips that are not compared, for only one of the two sides has them."""


def separation(records: Records, measure: Measure = video_by_layer, *, seed: int = 0) -> Separation | None:
    """Cohen's d of a measure between the visual question (D1) and the audio question (D2).

    Args:
        records: of one model and condition, both questions.
        measure: what is compared; by default what section 4.2 compares.
        seed: of the bootstrap over clips.

    Returns:
        None where one of the questions has no answers.
    """
    compared = Compared.of(records, measure)
    if compared is None:
        return None
    drawn = np.concatenate(list(compared.resampled(times_drawn(len(compared.clips), seed))))
    return _separation(compared.value(), drawn, compared)


def separation_values(records: Records, measure: Measure) -> NDArray[np.float64] | None:
    """Cohen's d as of `separation`, without intervals: for as many places as there are heads in a model."""
    compared = Compared.of(records, measure)
    if compared is None:
        return None
    d: NDArray[np.float64] = compared.value().reshape(compared.shape)
    return d


def separation_change(
    first: Records, second: Records, measure: Measure = video_by_layer, *, seed: int = 0
) -> Separation | None:
    """By how much d is larger in the second than in the first: misaligned against aligned, or tuned against base.

    Of the same questions about the same clips: what only one of the two was asked is left out, for otherwise other
    clips would pass for another model. A clip is drawn for both at once. Arguments as of `separation`.

    Returns:
        None where they have no clip in common under one of the questions, or their measures differ in shape.
    """
    every = {record.clip_id for record in (*first, *second)}
    asked = {(r.clip_id, r.prompt) for r in first} & {(r.clip_id, r.prompt) for r in second}
    both = [Compared.of([r for r in of if (r.clip_id, r.prompt) in asked], measure) for of in (first, second)]
    if both[0] is None or both[1] is None or both[0].shape != both[1].shape:
        return None
    before, after = where_both_are(both[0], both[1])
    clips = len(before.clips)
    value = after.value() - before.value()
    draws = zip(before.resampled(times_drawn(clips, seed)), after.resampled(times_drawn(clips, seed)), strict=True)
    drawn = np.concatenate([b - a for a, b in draws])
    return _separation(value, drawn, before, left_out=len(every) - clips)


def _separation(
    value: NDArray[np.float64], drawn: NDArray[np.float64], compared: Compared, *, left_out: int = 0
) -> Separation:
    shape, clips, there = compared.shape, len(compared.clips), compared.fewest()
    defined = np.isfinite(value)
    over = drawn[:, defined].mean(1) if defined.any() else np.full(len(drawn), np.nan)
    fewest = there[defined].min() if defined.any() else np.array(0)
    return Separation(
        estimate(value.reshape(shape), drawn, clips, there.reshape(shape)),
        estimate(mean_of_finite(value), over, clips, np.asarray(fewest)),
        left_out,
    )
