"""Wilson's interval, against two other implementations."""

import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from mma_accuracy.intervals import wilson_interval


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (8, 10), (0, 50), (50, 50), (333, 1000), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_it_is_the_interval_of_scipy_and_statsmodels(k: int, n: int, confidence: float) -> None:
    ours = wilson_interval(k, n, confidence)
    theirs = binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert ours == pytest.approx(proportion_confint(k, n, 1 - confidence, method="wilson"), abs=1e-9)


def test_a_fraction_of_a_success_lies_between_its_neighbours() -> None:
    low, half, high = (wilson_interval(k, 10)[0] for k in (4, 4.5, 5))
    assert low < half < high


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_rate_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="expected from 0 to n successes"):
        wilson_interval(k, n)
