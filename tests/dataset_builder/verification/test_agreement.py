"""Raw agreement and kappa: values, undefined cases and intervals."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa as peer

from mma_bench.verification.agreement import FEW, agreement, cohens_kappa


def judgements(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[bool], list[bool]]:
    """Make judgements with these counts of each kind."""
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return first, second


@pytest.mark.parametrize("seed", range(20))
def test_kappa_is_that_of_scikit_learn(seed):
    first, second = np.random.default_rng(seed).random((2, 57)) < 0.7
    found = agreement(list(first), list(second))
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert found.raw == pytest.approx((first == second).mean())


@pytest.mark.parametrize("cells", [(500, 100, 90, 412), (600, 40, 30, 330), (700, 200, 100, 102)])
def test_with_many_clips_the_interval_is_that_of_the_normal_approximation(cells):
    found = agreement(*judgements(*cells))
    by_formula = peer(np.array(cells).reshape(2, 2))
    assert found.interval == pytest.approx((by_formula.kappa_low, by_formula.kappa_upp), abs=0.01)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, shares = np.random.default_rng(0), np.array([0.45, 0.12, 0.08, 0.35])
    truth = cohens_kappa(np.round(shares * 100).astype(int))
    found = [agreement(*judgements(*rng.multinomial(60, shares))).interval for _ in range(300)]
    assert 0.90 <= np.mean([low <= truth <= high for low, high in found]) <= 0.99


def test_the_same_votes_have_the_same_interval_and_another_seed_nearly_the_same():
    votes = judgements(40, 8, 6, 30)
    assert agreement(*votes).interval == agreement(*votes).interval
    assert agreement(*votes, seed=1).interval != agreement(*votes).interval
    assert agreement(*votes, seed=1).interval == pytest.approx(agreement(*votes).interval, abs=0.02)


def test_who_is_first_changes_nothing():
    first, second = judgements(20, 5, 10, 15)
    assert (agreement(first, second).kappa, agreement(first, second).raw) == (
        agreement(second, first).kappa,
        agreement(second, first).raw,
    )


def test_nearly_all_of_one_kind_gives_a_low_kappa_to_people_who_hardly_differ():
    found = agreement(*judgements(96, 2, 2, 0))
    assert found.raw == 0.96
    assert found.kappa < 0


@pytest.mark.parametrize(("cells", "why"), [((9, 0, 0, 0), "yes"), ((0, 0, 0, 9), "no")])
def test_one_answer_to_everything_leaves_kappa_undefined_and_says_so(cells, why):
    found = agreement(*judgements(*cells))
    assert (found.raw, found.kappa, found.interval) == (1.0, None, None)
    assert found.undefined == f"both said {why} to all"


def test_opposite_answers_to_everything_are_no_agreement_at_all():
    assert agreement([True] * 9, [False] * 9).kappa == 0
    assert agreement(*judgements(0, 6, 6, 0)).kappa == -1


@pytest.mark.parametrize("cells", [(5, 0, 0, 5), (9, 1, 0, 0)])
def test_where_resampling_varies_nothing_there_is_no_interval_that_looks_sure(cells):
    found = agreement(*judgements(*cells))
    assert found.kappa is not None
    assert found.interval is None


def test_no_clips_are_no_agreement():
    assert agreement([], []).undefined == "no clips"


def test_few_clips_are_told():
    assert agreement(*judgements(FEW - 5, 1, 1, 2)).few
    assert not agreement(*judgements(FEW - 4, 1, 1, 2)).few
