"""Cohen's d: against other implementations, and on draws whose d is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.meta_analysis import effectsize_smd

from made_attention import model_that_shifts, record, with_video_share
from mma_eval.attention.answers import AnswerAttention, of_all_by_layer, video_by_layer_and_head
from mma_eval.attention.effect_size import cohens_d, separation, separation_change, separation_values


@pytest.mark.parametrize(("n1", "n2", "seed"), [(5, 5, 0), (30, 12, 1), (3, 200, 2), (1, 2, 3)])
def test_d_is_that_of_students_t(n1: int, n2: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.normal(1, 2, (n1, 7)), rng.normal(0, 1, (n2, 7))
    t = ttest_ind(first, second).statistic  # t = d / sqrt(1 / n1 + 1 / n2), by scipy with the same pooled deviation
    assert cohens_d(first, second) == pytest.approx(t * np.sqrt(1 / n1 + 1 / n2))


def test_d_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(1, 2, 20), rng.normal(0, 1, 35)
    m1, m2, s1, s2 = first.mean(), second.mean(), first.std(ddof=1), second.std(ddof=1)
    corrected, _ = effectsize_smd(m1, s1, 20, m2, s2, 35)  # Hedges' g: d times a factor for small samples
    assert cohens_d(first, second) * (1 - 3 / (4 * 55 - 9)) == pytest.approx(corrected)


def test_without_spread_there_is_no_d() -> None:
    assert np.isnan(cohens_d(np.full((4, 1), 0.3), np.full((4, 1), 0.1)))
    assert np.isnan(cohens_d(np.zeros((1, 1)), np.ones((1, 1))))


def test_of_answers_d_is_that_of_one_number_per_clip_and_question() -> None:
    made = model_that_shifts({"misaligned": 1.5}, clips=25)
    clips = {
        prompt: np.array([r.shares[..., 0].mean(1) for r in made if r.prompt == prompt])
        for prompt in ("visual", "audio")
    }
    found = separation([*made, *made[::3]])  # some answers twice, which changes nothing
    assert found is not None
    assert found.places.clips == 25
    assert found.places.value == pytest.approx(cohens_d(clips["visual"], clips["audio"]), rel=1e-3)
    assert found.mean.value == pytest.approx(found.places.value.mean())


def test_the_d_that_was_put_in_is_found() -> None:
    found = separation(model_that_shifts({"misaligned": 2.0}, clips=2000, layers=4))
    assert found is not None
    assert found.places.value == pytest.approx([0.5, 1.0, 1.5, 2.0], abs=0.1)
    assert (found.places.low < found.places.value).all()
    assert (found.places.value < found.places.high).all()


def test_audio_asked_about_more_is_negative() -> None:
    found = separation(model_that_shifts({"misaligned": -1.0}, clips=500, layers=1))
    assert found is not None
    assert found.places.high < -0.8


def test_the_measure_decides_the_places() -> None:
    made = model_that_shifts({"aligned": 1.0}, layers=3, heads=2)
    heads, all_three = separation(made, video_by_layer_and_head), separation(made, of_all_by_layer)
    assert heads is not None
    assert all_three is not None
    assert heads.places.low.shape == (3, 2)
    assert separation_values(made, video_by_layer_and_head) == pytest.approx(heads.places.value)
    assert separation_values([], video_by_layer_and_head) is None
    assert all_three.places.value.shape == (3, 3)
    assert np.isnan(all_three.places.value[:, 2]).all()  # the text's share is the same in every answer


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held, trials, truth = 0, 120, 0.8
    for trial in range(trials):
        rng = np.random.default_rng(trial)
        made = []
        for clip in range(60):
            own = rng.normal(0, 0.6)  # what a clip's two answers share
            for prompt, shift in (("visual", truth), ("audio", 0.0)):
                video = 0.5 + 0.03 * (shift + own + rng.normal(0, 0.8))
                made.append(record(with_video_share(np.array([[video]])), clip_id=str(clip), prompt=prompt))
        found = separation(made, seed=trial)
        assert found is not None
        held += bool(found.places.low.item() <= truth <= found.places.high.item())
    assert 0.88 <= held / trials <= 0.99


def test_misaligned_against_aligned_is_a_difference_of_two_ds_on_the_same_clips() -> None:
    made = model_that_shifts({"aligned": 0.5, "misaligned": 2.0}, clips=300, layers=4)
    aligned, misaligned = ([r for r in made if r.condition == c] for c in ("aligned", "misaligned"))
    before, after, change = separation(aligned), separation(misaligned), separation_change(aligned, misaligned)
    assert before is not None
    assert after is not None
    assert change is not None
    assert change.places.value == pytest.approx(after.places.value - before.places.value)
    assert change.mean.low > 0
    none = separation_change(aligned, aligned)
    assert none is not None
    assert (none.places.low, none.places.high) == (pytest.approx(np.zeros(4)), pytest.approx(np.zeros(4)))


def test_models_of_different_depth_and_a_question_that_was_not_asked_are_not_compared() -> None:
    four, six = (model_that_shifts({"aligned": 1.0}, layers=layers) for layers in (4, 6))
    visual = [r for r in four if r.prompt == "visual"]
    assert separation_change(four, six) is None
    assert separation(visual) is None
    assert separation_change(visual, four) is None


def test_a_change_is_between_the_same_questions_about_the_same_clips() -> None:
    before = model_that_shifts({"misaligned": 1.0}, clips=60)
    after = [r for r in model_that_shifts({"misaligned": 2.0}, clips=60, seed=1) if int(r.clip_id[4:]) < 20]
    found = separation_change(before, after)
    alone = separation_change([r for r in before if int(r.clip_id[4:]) < 20], after)
    assert found is not None
    assert alone is not None
    assert found.places.value.tolist() == alone.places.value.tolist()
    assert found.places.low.tolist() == alone.places.low.tolist()
    assert (found.places.clips, found.left_out, alone.left_out) == (20, 40, 0)


def test_a_question_that_only_one_side_was_asked_is_left_out_too() -> None:
    before = model_that_shifts({"misaligned": 1.0}, clips=30)
    after = [r for r in before if r.prompt == "visual" or r.clip_id != "clip0"]
    found = separation_change(before, after)
    assert found is not None
    assert found.places.value == pytest.approx(np.zeros(6))
    assert (found.places.clips, found.places.present.tolist()) == (30, [29] * 6)
    nothing = separation_change(before[:10], before[10:])
    assert nothing is None


def _blind(answer: AnswerAttention, layer: int) -> AnswerAttention:
    """Let an answer attend to text only in a layer."""
    shares = answer.shares.copy()
    shares[layer] = [0, 0, 1]
    return replace(answer, shares=shares)


def test_a_clip_that_says_nothing_in_a_layer_is_absent_in_that_layer_only() -> None:
    made = model_that_shifts({"misaligned": 1.0}, clips=50)
    one_blind = [_blind(r, 2) if (r.clip_id, r.prompt) == ("clip0", "visual") else r for r in made]
    found, whole = separation(one_blind), separation(made)
    without = separation([r for r in made if (r.clip_id, r.prompt) != ("clip0", "visual")])
    assert found is not None
    assert whole is not None
    assert without is not None
    elsewhere = [0, 1, 3, 4, 5]
    assert found.places.value[elsewhere] == pytest.approx(whole.places.value[elsewhere])
    assert found.places.value[2] == pytest.approx(without.places.value[2])
    assert found.places.present.tolist() == [50, 50, 49, 50, 50, 50]
    assert found.mean.value == pytest.approx(found.places.value.mean())
    assert np.isfinite([found.mean.low, found.mean.high, *found.places.low]).all()


def test_a_layer_that_says_nothing_in_any_clip_is_left_out_of_the_mean() -> None:
    blind = separation([_blind(r, 2) for r in model_that_shifts({"misaligned": 1.0}, clips=50)])
    assert blind is not None
    assert np.isnan(blind.places.value[2])
    assert blind.places.present[2] == 0
    assert blind.mean.value == pytest.approx(np.nanmean(blind.places.value))
    assert blind.mean.low < blind.mean.value < blind.mean.high
