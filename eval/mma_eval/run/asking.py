"""Putting questions to a model: clips are read, decoded and preprocessed while it answers those before them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from mma_bench.core.errors import MMABenchError, traced
from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.run.units import Unit

EMPTY = "the model returned an empty answer"
_READERS = 2
_AHEAD = 4  # prepared clips; a decoded one takes tens of megabytes


@dataclass
class Clock:
    """Where the time of a run went, in seconds."""

    waiting: float = 0.0
    """The model had nothing to do: the next clip was not ready."""
    answering: float = 0.0

    @property
    def share_waiting(self) -> float:
        """Of all the time, from 0 to 1."""
        return self.waiting / (self.waiting + self.answering) if self.waiting else 0.0


Answered = tuple[Unit, list[Answer]]


def ask(
    model: Model,
    units: Iterable[Unit],
    *,
    tries: int = 2,
    clock: Clock | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Iterator[Answered]:
    """Answer all questions of all units; what a model raises becomes the error of its answers.

    Args:
        model: loaded.
        units: read one at a time, from one thread.
        tries: how often a question is put to a model that raises.
        clock: gets the seconds of waiting and answering.
        enough: asked before each clip; where it says so no more are begun, and those under way are still given.

    Returns:
        Units with an answer per question; in their order, unless the model answers several clips at once.
    """
    clock = clock or Clock()
    if model.concurrency > 1:
        return _side_by_side(model, _until(units, enough), tries)
    return _one_by_one(model, units, tries, clock, enough)


def _until(units: Iterable[Unit], enough: Callable[[], bool]) -> Iterator[Unit]:
    source = iter(units)
    while not enough() and (unit := next(source, None)) is not None:
        yield unit


def _one_by_one(
    model: Model, units: Iterable[Unit], tries: int, clock: Clock, enough: Callable[[], bool]
) -> Iterator[Answered]:
    with ThreadPoolExecutor(_READERS, thread_name_prefix="prepare") as pool:
        ready: deque[tuple[Unit, Future[Any]]] = deque()
        source = iter(units)
        try:
            while True:
                began = time.perf_counter()  # reading the next clip is waiting too
                while len(ready) < _AHEAD and (unit := next(source, None)) is not None:
                    ready.append((unit, pool.submit(model.prepare, unit.clip)))
                if not ready or enough():
                    return
                unit, future = ready.popleft()
                wait([future])
                prepared = time.perf_counter()
                answers = _answers(model, future, unit, tries)
                clock.waiting += prepared - began
                clock.answering += time.perf_counter() - prepared
                yield unit, answers
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _side_by_side(model: Model, units: Iterable[Unit], tries: int) -> Iterator[Answered]:
    with ThreadPoolExecutor(model.concurrency, thread_name_prefix="ask") as pool:
        running: dict[Future[list[Answer]], Unit] = {}
        source = iter(units)
        try:
            while True:
                while len(running) < 2 * model.concurrency and (unit := next(source, None)) is not None:
                    running[pool.submit(_prepare_and_answer, model, unit, tries)] = unit
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare_and_answer(model: Model, unit: Unit, tries: int) -> list[Answer]:
    future: Future[Any] = Future()
    try:
        future.set_result(model.prepare(unit.clip))
    except Exception as error:
        future.set_exception(error)
    return _answers(model, future, unit, tries)


def _answers(model: Model, prepared: Future[Any], unit: Unit, tries: int) -> list[Answer]:
    questions = [asked.question for asked in unit.asked]
    try:
        clip = prepared.result()
    except Exception as error:
        return [Answer(None, error=f"the clip could not be prepared: {_said(error)}")] * len(questions)
    return [_checked(answer, unit.clip) for answer in _tried(model, clip, questions, tries)]


def _tried(model: Model, clip: Any, questions: Sequence[Question], tries: int) -> list[Answer]:
    error: Exception | None = None
    for _ in range(tries):
        try:
            answers = [a if isinstance(a, Answer) else Answer(a) for a in model.answer(clip, questions)]
        except Exception as raised:
            error = raised
            continue
        if len(answers) != len(questions):
            wrong = f"the model gave {len(answers)} answers to {len(questions)} questions"
            return [Answer(None, error=wrong)] * len(questions)
        return answers
    if len(questions) > 1:  # one question must not cost the others their answers
        return [a for question in questions for a in _tried(model, clip, [question], 1)]
    assert error is not None
    return [Answer(None, error=_said(error))]


def _checked(answer: Answer, clip: Clip) -> Answer:
    """An answer that is none, or that was given without what was asked about, is an error."""
    if answer.error is not None:
        return answer
    if not isinstance(answer.text, str):
        return _failed(answer, f"the model returned {type(answer.text).__name__}, not text")
    if not answer.text.strip():
        return _failed(answer, EMPTY)
    for modality, present in (("video", clip.visual_present), ("audio", clip.audio_present)):
        if present and answer.tokens is not None and getattr(answer.tokens, modality) == 0:
            return _failed(answer, f"the {modality} did not reach the model: it took in no {modality} tokens")
    return answer


def _failed(answer: Answer, error: str) -> Answer:
    return Answer(None, error=error, tokens=answer.tokens, seconds=answer.seconds, cost=answer.cost)


def _said(error: Exception) -> str:
    if isinstance(error, MMABenchError):
        return str(error)
    return traced(error)
