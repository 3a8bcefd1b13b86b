"""Shares of attention: the paper's rule, averaging, and missing values; attention per token."""

import numpy as np
import pytest

from made_attention import KEYS, model_that_shifts, record
from mma_eval.attention.answers import (
    dominance,
    efficiency,
    of_all,
    of_last_layer,
    renormalised,
    share_bar,
    video_by_head,
    video_by_layer,
    video_by_layer_and_head,
    video_by_layer_equal_heads,
)
from mma_eval.attention.by_clip import by_clip, mean
from mma_eval.attention.effect_size import separation

TWO_HEADS = np.array([[[0.30, 0.10, 0.60], [0.001, 0.003, 0.996]], [[0.20, 0.20, 0.60], [0.02, 0.06, 0.92]]])
"""Two layers; the second head hardly looks at the clip."""


def test_text_does_not_count_among_video_and_audio() -> None:
    assert renormalised(np.array([0.03, 0.01, 0.96])) == pytest.approx(renormalised(np.array([0.3, 0.1, 0.6])))
    assert np.isnan(renormalised(np.array([0.0, 0.0, 1.0])))


def test_a_head_that_hardly_looks_counts_for_as_little_unless_all_heads_count_alike() -> None:
    made = record(TWO_HEADS)
    assert video_by_layer(made) == pytest.approx([0.301 / 0.404, 0.22 / 0.48], rel=1e-5)
    assert video_by_layer_equal_heads(made) == pytest.approx([(0.75 + 0.25) / 2, (0.5 + 0.25) / 2], rel=1e-5)
    assert video_by_head(made) == pytest.approx([0.5 / 0.8, 0.021 / 0.084], rel=1e-5)
    assert video_by_layer_and_head(made) == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.25]]), rel=1e-5)


def test_the_bar_of_an_answer_sums_to_one() -> None:
    bar = share_bar(record(TWO_HEADS).shares)
    assert list(bar) == ["video", "audio", "text"]
    assert bar["text"] == pytest.approx((0.6 + 0.996 + 0.6 + 0.92) / 4)
    assert sum(bar.values()) == pytest.approx(1)


def test_the_last_layers_shares_are_those_of_its_heat_map() -> None:
    assert of_last_layer(record(TWO_HEADS)) == pytest.approx({"video": 0.11, "audio": 0.13, "text": 0.76}, rel=1e-5)


def test_the_audio_curve_is_the_video_curve_mirrored_once_text_is_left_out() -> None:
    made = model_that_shifts({"misaligned": 1.0})
    video = separation(made)
    audio = separation(made, lambda r: 1 - video_by_layer(r))
    assert video is not None
    assert audio is not None
    assert audio.places.value == pytest.approx(-video.places.value)


def test_a_clip_counts_once_however_many_answers_it_has() -> None:
    shares = [np.array([[[0.0, 1 - text, text]]]) for text in (0.9, 0.9, 0.9, 0.5)]
    made = [record(s, clip_id=clip) for s, clip in zip(shares, ("a", "a", "a", "b"), strict=True)]
    found = mean(by_clip(made, of_all))
    assert found.value[2] == pytest.approx(0.7)
    assert found.clips == 2


def test_one_clip_says_nothing_about_others() -> None:
    found = mean(by_clip([record(TWO_HEADS)], of_all))
    assert found.value[2] == pytest.approx(0.779)
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()


def test_the_interval_of_a_mean_is_that_of_its_standard_error() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0.8, 0.1, 400)
    found = mean({str(k): np.array(v) for k, v in enumerate(values)})
    error = values.std(ddof=1) / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_what_is_not_finite_is_absent_and_counted() -> None:
    values = {str(k): np.array([float(k), 1.0]) for k in range(10)}
    values["9"], values["8"] = np.array([np.nan, 1.0]), np.array([np.inf, 1.0])
    found = mean(values)
    assert found.value.tolist() == [3.5, 1.0]
    assert (found.clips, found.present.tolist()) == (10, [8, 10])
    assert np.isfinite([found.low, found.high]).all()
    none = mean({"a": np.array([np.nan]), "b": np.array([np.inf])})
    assert np.isnan([none.value, none.low, none.high]).all()
    assert none.present.tolist() == [0]


def test_of_a_clips_answers_those_count_that_say_something() -> None:
    blind = np.array([[[0.0, 0.0, 1.0]]])
    found = by_clip([record(np.array([[[0.3, 0.1, 0.6]]])), record(blind), record(blind, clip_id="b")], video_by_layer)
    assert found["a"] == pytest.approx([0.75])
    assert np.isnan(found["b"])


def test_attention_that_is_the_same_for_every_token_is_even() -> None:
    tokens = np.bincount(KEYS)
    made = record(np.broadcast_to(tokens / tokens.sum(), (3, 2, 3)))
    assert dominance(made) == pytest.approx(1, rel=1e-5)
    assert efficiency(made) == pytest.approx([1, 1, 1], rel=1e-5)


def test_the_indices_count_tokens() -> None:
    made = record(np.array([[[0.3, 0.1, 0.6]], [[0.1, 0.1, 0.8]]]))  # of 24, 12 and 14 tokens
    assert dominance(made) == pytest.approx((0.7 / 14) / (0.3 / 36), rel=1e-5)
    assert efficiency(made) == pytest.approx([0.2 / (24 / 50), 0.1 / (12 / 50), 0.7 / (14 / 50)], rel=1e-5)


def test_dominance_is_the_texts_efficiency_over_that_of_the_rest() -> None:
    made = record(np.array([[[0.3, 0.1, 0.6]]]))
    video, audio, text = efficiency(made)
    rest = (video * 24 + audio * 12) / 36
    assert dominance(made) == pytest.approx(text / rest, rel=1e-5)


def test_where_nothing_else_gets_attention_the_text_dominates_without_bound() -> None:
    assert dominance(record(np.array([[[0.0, 0.0, 1.0]]]))) == np.inf


def test_such_an_answer_takes_no_mean_with_it() -> None:
    text_only, even = np.array([[[0.0, 0.0, 1.0]]]), np.array([[[0.3, 0.1, 0.6]]])
    made = [record(text_only, clip_id="a"), *(record(even, clip_id=clip) for clip in ("b", "c", "d"))]
    found = mean(by_clip(made, dominance))
    assert found.value == pytest.approx((0.6 / 14) / (0.4 / 36), rel=1e-5)
    assert (found.clips, int(found.present)) == (4, 3)
