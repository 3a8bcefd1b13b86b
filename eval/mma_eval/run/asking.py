"""Ask a model about clips, preparing the next clips while it answers."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mma_bench.core.errors import MMABenchError, traced
from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.run.budget import Budget
from mma_eval.run.questions import ClipQuestions

_READERS = 2
_AHEAD = 4  # prepared clips; a decoded one takes tens of megabytes

Answered = tuple[ClipQuestions, list[Answer]]
"""A clip with its questions, and one answer per question."""


@dataclass
class Clock:
    """Time that a run spent waiting for clips and answering, in seconds."""

    waiting: float = 0.0
    """Time that the model was idle because the next clip was not ready."""
    answering: float = 0.0

    @property
    def share_waiting(self) -> float:
        """Fraction of the time spent waiting, 0 to 1."""
        return self.waiting / (self.waiting + self.answering) if self.waiting else 0.0


def ask(
    model: Model,
    clips: Iterable[ClipQuestions],
    *,
    tries: int = Model.tries,
    clock: Clock | None = None,
    budget: Budget | None = None,
) -> Iterator[Answered]:
    """Ask all questions about each clip; an exception from the model becomes the error of its answers.

    Args:
        model: the model, already loaded.
        clips: clips with their questions, read one at a time in one thread.
        tries: attempts per question if the model raises an exception.
        clock: accumulates the waiting and answering time, unless the model answers several clips at once.
        budget: money for the questions, which are then asked one by one; those that it refuses are left out.

    Returns:
        Clips with one answer per question asked, in order unless the model answers several clips at once.
    """
    if model.concurrency > 1:
        return _concurrently(model, clips, tries, budget)
    return _one_by_one(model, clips, tries, clock or Clock(), budget)


def _one_by_one(
    model: Model, clips: Iterable[ClipQuestions], tries: int, clock: Clock, budget: Budget | None
) -> Iterator[Answered]:
    with ThreadPoolExecutor(_READERS, thread_name_prefix="prepare") as pool:
        ready: deque[tuple[ClipQuestions, Future[Any]]] = deque()
        source = iter(clips)
        try:
            while True:
                began = time.perf_counter()  # reading the next clip counts as waiting
                while len(ready) < _AHEAD and (asked := next(source, None)) is not None:
                    ready.append((asked, pool.submit(model.prepare, asked.clip)))
                if not ready or (budget is not None and budget.refused):
                    return
                asked, future = ready.popleft()
                wait([future])
                prepared = time.perf_counter()
                asked, answers = _answers(model, future.result, asked, tries, budget)
                clock.waiting += prepared - began
                clock.answering += time.perf_counter() - prepared
                if answers:
                    yield asked, answers
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _concurrently(
    model: Model, clips: Iterable[ClipQuestions], tries: int, budget: Budget | None
) -> Iterator[Answered]:
    with ThreadPoolExecutor(model.concurrency, thread_name_prefix="ask") as pool:
        running: set[Future[Answered]] = set()
        source = iter(clips)
        try:
            while True:
                room = 0 if budget is not None and budget.refused else 2 * model.concurrency
                while len(running) < room and (asked := next(source, None)) is not None:
                    prepare = partial(model.prepare, asked.clip)
                    running.add(pool.submit(_answers, model, prepare, asked, tries, budget))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done if future.result()[1])
        finally:
            if budget is not None:
                budget.close()
            if running:
                model.interrupt()
            pool.shutdown(wait=False, cancel_futures=True)


def _answers(
    model: Model, prepare: Callable[[], Any], asked: ClipQuestions, tries: int, budget: Budget | None
) -> Answered:
    """Answer the questions about a clip; return those that were asked, with their answers."""
    questions = [target.question for target in asked.targets]
    if budget is not None and budget.refused:
        return replace(asked, targets=()), []
    try:
        clip = prepare()
    except Exception as error:
        return asked, [Answer(None, error=f"the clip could not be prepared: {_reason(error)}")] * len(questions)
    if budget is None:
        answers = _with_retries(model, clip, questions, tries)
    else:
        answers = list(_within_budget(model, clip, asked, tries, budget))
    asked = replace(asked, targets=asked.targets[: len(answers)])
    return asked, [_checked(answer, asked.clip) for answer in answers]


def _within_budget(model: Model, clip: Any, asked: ClipQuestions, tries: int, budget: Budget) -> Iterator[Answer]:
    """Ask one question at a time, as long as the budget allows."""
    for target in asked.targets:
        expected = model.estimate(iter([(asked.clip.seconds or 0.0, [target.question])]))
        estimate = (expected.usd or 0.0) if expected else 0.0
        with budget.request(estimate) as request:
            if request is None:
                return
            (answer,) = _with_retries(model, clip, [target.question], tries)
            if answer.cost is None and answer.error is None and estimate:
                answer = replace(answer, cost=estimate)  # the server counts no tokens
            request.answered, request.cost = answer.error is None, answer.cost
        yield answer


def _with_retries(model: Model, clip: Any, questions: Sequence[Question], tries: int) -> list[Answer]:
    error: Exception | None = None
    for _ in range(tries if len(questions) == 1 else max(1, tries - 1)):
        try:
            answers = [a if isinstance(a, Answer) else Answer(a) for a in model.answer(clip, questions)]
        except Exception as raised:
            error = raised
            continue
        if len(answers) != len(questions):
            wrong = f"the model gave {len(answers)} answers to {len(questions)} questions"
            return [Answer(None, error=wrong)] * len(questions)
        return answers
    if len(questions) > 1:  # one failing question must not fail the others
        return [a for question in questions for a in _with_retries(model, clip, [question], 1)]
    assert error is not None
    return [Answer(None, error=_reason(error))]


def _checked(answer: Answer, clip: Clip) -> Answer:
    """Convert an answer to an error if it is no text, or if a modality present in the clip has no tokens.

    An empty text is the model's own answer: asking again would not change it.
    """
    if answer.error is not None:
        return answer
    if not isinstance(answer.text, str):
        return replace(answer, text=None, error=f"the model returned {type(answer.text).__name__}, not text")
    for modality, present in (("video", clip.visual_present), ("audio", clip.audio_present)):
        if present and answer.tokens is not None and getattr(answer.tokens, modality) == 0:
            error = f"the {modality} did not reach the model: it took in no {modality} tokens"
            return replace(answer, text=None, error=error)
    return answer


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, MMABenchError) else traced(error)
