"""Differences between two models: against another library, and by simulation."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as peer

from mma_eval.scoring.statistics import clustered_interval, difference, mcnemar, rank_intervals


@pytest.mark.parametrize("seed", range(5))
def test_mcnemar_is_that_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.random(80) < 0.6, rng.random(80) < 0.7
    table = [[np.sum(first & second), np.sum(first & ~second)], [np.sum(~first & second), np.sum(~first & ~second)]]
    assert mcnemar(first.tolist(), second.tolist()) == pytest.approx(peer(table, exact=True).pvalue)


def test_equal_answers_do_not_differ() -> None:
    same = [True, False, True]
    found = difference(same, same, ["a", "b", "c"])
    assert (found.value, found.low, found.high, found.p, found.n, found.clips) == (0.0, 0.0, 0.0, 1.0, 3, 3)


def test_the_interval_is_the_same_for_the_same_seed() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.random(60) < 0.5).tolist(), (rng.random(60) < 0.6).tolist()
    clips = [str(k // (1 + k % 4)) for k in range(60)]
    intervals = [clustered_interval(first, second, clips, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert intervals[0] == intervals[1]
    assert len(set(intervals)) > 1


def test_repeating_every_question_does_not_make_it_surer() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.random(50) < 0.4, rng.random(50) < 0.7
    tenfold = (np.repeat(first, 10).tolist(), np.repeat(second, 10).tolist())
    once = clustered_interval(first.tolist(), second.tolist(), [str(k) for k in range(50)])
    assert clustered_interval(*tenfold, [str(k // 10) for k in range(500)]) == pytest.approx(once, abs=0.02)
    loose = clustered_interval(*tenfold, [str(k) for k in range(500)])
    assert loose[1] - loose[0] < 0.5 * (once[1] - once[0])


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, held, trials = np.random.default_rng(4), 0, 150
    for _ in range(trials):
        ease = rng.normal(0, 1, 60)  # of a clip, shared by its four questions
        first = (ease[:, None] + rng.normal(0, 1, (60, 4)) > 0.3).ravel()
        second = (ease[:, None] + rng.normal(0, 1, (60, 4)) > -0.3).ravel()
        low, high = clustered_interval(first.tolist(), second.tolist(), [str(k // 4) for k in range(240)])
        truth = 2 * _normal(0.3 / np.sqrt(2)) - 1
        held += low <= truth <= high
    assert 0.88 <= held / trials <= 0.99


def test_ranks_are_kept_apart_where_the_interval_of_the_difference_leaves_out_0() -> None:
    rng = np.random.default_rng(5)
    clips = [str(k // 2) for k in range(400)]
    right = [(rng.random(400) < share).tolist() for share in (0.9, 0.85, 0.6, 0.57, 0.1)]
    expected = []
    for one in right:
        intervals = [clustered_interval(one, other, clips) for other in right]
        better, worse = sum(low > 0 for low, _ in intervals), sum(high < 0 for _, high in intervals)
        expected.append((1 + better, len(right) - worse))
    assert rank_intervals(right, clips) == expected
    assert expected[-1] == (5, 5)


def _normal(z: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(z))
