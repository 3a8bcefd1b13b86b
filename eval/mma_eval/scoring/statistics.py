"""Compare models on the same questions: bootstrap over clips, McNemar's test, rank intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """Accuracy of the second of two models minus accuracy of the first, on the same `n` questions."""

    value: float
    low: float
    high: float
    """Upper bound of the 95 % bootstrap interval with clips resampled; `low` is the lower bound."""
    p: float
    """p-value of McNemar's exact test; valid only if there are as many clips as questions."""
    n: int
    clips: int


def difference(first: Sequence[bool], second: Sequence[bool], clips: Sequence[str], *, seed: int = 0) -> Difference:
    """Estimate the difference in accuracy between two models on the same questions.

    `first` and `second` state for each question whether the model's answer is correct, and `clips` which clip the
    question is about. Clips are resampled as a whole, since answers about one clip are not independent.

    >>> found = difference([True, False] * 20, [True, True] * 20, [str(k) for k in range(40)])
    >>> round(found.value, 2), found.n, found.p < 0.001
    (0.5, 40, True)
    """
    low, high = clustered_interval(first, second, clips, seed=seed)
    value = float(np.mean(np.asarray(second, float) - np.asarray(first, float)))
    return Difference(value, low, high, mcnemar(first, second), len(first), len(set(clips)))


def clustered_interval(
    first: Sequence[bool], second: Sequence[bool], clips: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """Compute the 95 % percentile bootstrap interval of an accuracy difference, resampling whole clips.

    The statistic is the ratio of sums over drawn clips, sum(second - first) / sum(questions) (Efron and Tibshirani
    1993, ch. 8: the resampled unit is the one that was sampled; here clips, not questions).
    """
    gains = np.asarray(second, float) - np.asarray(first, float)
    low, high = np.quantile(_resampled(gains[None], clips, seed)[:, 0], [0.025, 0.975])
    return float(low), float(high)


def rank_intervals(right: Sequence[Sequence[bool]], clips: Sequence[str], *, seed: int = 0) -> list[tuple[int, int]]:
    """Compute the best and the worst plausible rank of each model.

    A model ranks above another if the 95 % percentile-bootstrap interval of their difference, with clips resampled,
    excludes 0. There is no correction for multiple comparisons.

    `right` states for each model whether its answer to each question is correct.

    >>> rank_intervals([[True] * 40, [True] * 39 + [False], [False] * 40], [str(k) for k in range(40)])
    [(1, 2), (1, 2), (3, 3)]
    """
    drawn = _resampled(np.asarray(right, float), clips, seed)
    intervals = []
    for k in range(len(right)):
        low, high = np.quantile(drawn - drawn[:, k : k + 1], [0.025, 0.975], axis=0)
        intervals.append((1 + int((low > 0).sum()), len(right) - int((high < 0).sum())))
    return intervals


def times_drawn(clips: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Draw 10,000 bootstrap samples; yield how often each clip occurs in each, in blocks (samples, clips)."""
    rng = np.random.default_rng(seed)
    block = max(1, 4_000_000 // clips)  # so that memory does not grow with the dataset
    for start in range(0, _RESAMPLES, block):
        chosen = rng.integers(clips, size=(min(block, _RESAMPLES - start), clips))
        places = chosen + clips * np.arange(len(chosen))[:, None]
        yield np.bincount(places.ravel(), minlength=chosen.size).reshape(chosen.shape).astype(float)


def _resampled(values: NDArray[np.float64], clips: Sequence[str], seed: int) -> NDArray[np.float64]:
    """Compute bootstrap means (samples, models) of `values` (models, questions), resampling clips."""
    _, cluster = np.unique(np.asarray(clips), return_inverse=True)
    sums = np.stack([np.bincount(cluster, of) for of in values], axis=1).astype(np.float64)
    sizes = np.bincount(cluster).astype(float)
    return np.concatenate([(times @ sums) / (times @ sizes)[:, None] for times in times_drawn(len(sizes), seed)])


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Compute the exact p-value of McNemar's test (McNemar 1947).

    Let b questions be answered correctly by the first model only, and c by the second only. Under the null hypothesis
    of equal accuracy, b follows a binomial distribution of b + c trials with p = 0.5; the test is two-sided.

    >>> mcnemar([True] * 8 + [False] * 2, [False] * 8 + [True] * 2)  # b = 8, c = 2: 2 * 56 / 1024
    0.109375
    """
    from scipy.stats import binomtest

    a, b = np.asarray(first, bool), np.asarray(second, bool)
    only_first, only_second = int((a & ~b).sum()), int((b & ~a).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second, 0.5).pvalue)
