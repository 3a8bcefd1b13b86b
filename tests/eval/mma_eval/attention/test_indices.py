"""Attention per token."""

import numpy as np
import pytest

from made_attention import KEYS, record
from mma_eval.attention.by_clip import by_clip, mean
from mma_eval.attention.indices import dominance_of, efficiency_of


def test_attention_that_is_the_same_for_every_token_is_even() -> None:
    tokens = np.bincount(KEYS)
    made = record(np.broadcast_to(tokens / tokens.sum(), (3, 2, 3)))
    assert dominance_of(made) == pytest.approx(1, rel=1e-5)
    assert efficiency_of(made) == pytest.approx([1, 1, 1], rel=1e-5)


def test_the_indices_count_tokens() -> None:
    made = record(np.array([[[0.3, 0.1, 0.6]], [[0.1, 0.1, 0.8]]]))  # of 24, 12 and 14 tokens
    assert dominance_of(made) == pytest.approx((0.7 / 14) / (0.3 / 36), rel=1e-5)
    assert efficiency_of(made) == pytest.approx([0.2 / (24 / 50), 0.1 / (12 / 50), 0.7 / (14 / 50)], rel=1e-5)


def test_dominance_is_the_texts_efficiency_over_that_of_the_rest() -> None:
    made = record(np.array([[[0.3, 0.1, 0.6]]]))
    video, audio, text = efficiency_of(made)
    rest = (video * 24 + audio * 12) / 36
    assert dominance_of(made) == pytest.approx(text / rest, rel=1e-5)


def test_where_nothing_else_gets_attention_the_text_dominates_without_bound() -> None:
    assert dominance_of(record(np.array([[[0.0, 0.0, 1.0]]]))) == np.inf


def test_such_an_answer_takes_no_mean_with_it() -> None:
    text_only, even = np.array([[[0.0, 0.0, 1.0]]]), np.array([[[0.3, 0.1, 0.6]]])
    made = [record(text_only, clip_id="a"), *(record(even, clip_id=clip) for clip in ("b", "c", "d"))]
    found = mean(by_clip(made, dominance_of))
    assert found.value == pytest.approx((0.6 / 14) / (0.4 / 36), rel=1e-5)
    assert (found.clips, int(found.present)) == (4, 3)
