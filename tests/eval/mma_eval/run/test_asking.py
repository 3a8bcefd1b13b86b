"""Clips are prepared in background threads while the model answers earlier ones, and never too many."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.run.asking import Clock, ask
from mma_eval.run.questions import ClipQuestions, Target


def unit(name: str) -> ClipQuestions:
    question = Question(name, "visual", "plain", 0, "Which class ...?", ("Bird",))
    return ClipQuestions(Clip(name, b"", b""), (Target(question, name, None, "aligned", "Bird", "Bird", None),))


@dataclass
class Timed(Model):
    """Prepares for a while, answers for a while, and keeps count of what is under way."""

    preparing: float = 0.05
    answering: float = 0.05
    concurrency: int = 1
    prepared: int = 0
    answered: int = 0
    most_waiting: int = 0
    most_at_once: int = 0
    _at_once: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def prepare(self, clip: Clip) -> Clip:
        time.sleep(self.preparing)
        with self._lock:
            self.prepared += 1
            self.most_waiting = max(self.most_waiting, self.prepared - self.answered)
        return clip

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.answering)
        with self._lock:
            self._at_once -= 1
            self.answered += 1
        return [Answer(clip.id) for _ in questions]


def test_a_model_that_takes_as_long_as_preparing_hardly_waits() -> None:
    clock, model = Clock(), Timed()
    answers = list(ask(model, map(unit, map(str, range(30))), clock=clock))
    assert [u.clip.id for u, _ in answers] == [a[0].text for _, a in answers] == [str(k) for k in range(30)]
    assert clock.share_waiting < 0.2


def test_a_slow_preparation_is_told_as_waiting() -> None:
    clock = Clock()
    list(ask(Timed(preparing=0.1, answering=0.001), map(unit, "abcdef"), clock=clock))
    assert clock.share_waiting > 0.6


def test_few_clips_are_in_memory_however_many_there_are() -> None:
    read = 0

    def units() -> Iterator[ClipQuestions]:
        nonlocal read
        for k in range(200):
            read += 1
            assert read - model.answered < 10
            yield unit(str(k))

    model = Timed(preparing=0.0, answering=0.002)
    assert len(list(ask(model, units()))) == 200
    assert model.most_waiting < 8


def test_a_server_is_asked_about_several_clips_at_once_and_no_more() -> None:
    model = Timed(concurrency=4, preparing=0.0)
    answered = list(ask(model, map(unit, map(str, range(24)))))
    assert sorted(u.clip.id for u, _ in answered) == sorted(map(str, range(24)))
    assert model.most_at_once == 4


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_clip_that_cannot_be_prepared_costs_itself(concurrency: int) -> None:
    class Picky(Timed):
        def prepare(self, clip: Clip) -> Clip:
            if clip.id == "b":
                raise ValueError("no frames")
            return clip

    found = {u.clip.id: a[0] for u, a in ask(Picky(concurrency=concurrency, answering=0), map(unit, "abc"))}
    assert str(found["b"].error).startswith(
        "the clip could not be prepared: ValueError: no frames (test_asking.py, line "
    )
    assert (found["a"].text, found["c"].text) == ("a", "c")


def test_stopping_early_ends_the_threads() -> None:
    before = threading.active_count()
    for _ in ask(Timed(), map(unit, map(str, range(50)))):
        break
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before
