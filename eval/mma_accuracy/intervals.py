"""Wilson score intervals of rates."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist


def wilson_interval(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Wilson's score interval of a rate (Wilson 1927; recommended by Brown, Cai and DasGupta 2001).

    With p = successes / n and z the normal quantile (1.96 at 95 %) its ends are

        (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n)

    Args:
        successes: number of successes; fractional if each of the `n` clips counts with its mean accuracy.
        n: number of trials, above 0.
        confidence: coverage of the interval.

    Raises:
        ValueError: `successes` is not between 0 and `n`, or `n` is not positive.

    >>> [round(end, 4) for end in wilson_interval(8, 10)]
    [0.4902, 0.9433]
    """
    if not n > 0 or not 0 <= successes <= n + 1e-9:
        raise ValueError(f"{successes} successes in {n} trials: expected from 0 to n successes, and n above 0")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = min(successes / n, 1.0)
    middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
