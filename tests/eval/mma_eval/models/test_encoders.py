"""The cache computes a recent value once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mma_eval.models.encoders import LRUCache


def test_a_value_is_made_once() -> None:
    recent, made = LRUCache[int](2), []
    values = [recent.get("a", lambda: made.append(1) or 7) for _ in range(3)]  # type: ignore[func-returns-value]
    assert (values, len(made)) == ([7, 7, 7], 1)


def test_those_that_were_wanted_last_are_kept() -> None:
    recent, made = LRUCache[str](2), []

    def want(key: str) -> None:
        recent.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in "abacab":  # c pushes b out, which was wanted before a; b comes again and pushes c out
        want(key)
    assert made == ["a", "b", "c", "b"]


def test_without_a_key_nothing_is_kept() -> None:
    recent, made = LRUCache[int](2), []
    for _ in range(3):
        recent.get(None, lambda: made.append(1) or 7)  # type: ignore[func-returns-value]
    assert len(made) == 3


def test_many_threads_that_want_the_same_wait_for_one() -> None:
    recent, made, begun = LRUCache[int](2), [], threading.Barrier(8)

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return 7

    def want(_: int) -> int:
        begun.wait()
        return recent.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(want, range(8))) == [7] * 8
    assert len(made) == 1


def test_what_failed_is_tried_again() -> None:
    recent = LRUCache[int](2)

    def fail() -> int:
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        recent.get("a", fail)
    assert recent.get("a", lambda: 7) == 7
