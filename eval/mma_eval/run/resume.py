"""Ask what no earlier run has answered; each answer is on the disk before the next clip is asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol

from mma_bench.core.records import Json
from mma_eval.model import Answer, Model, ModelError
from mma_eval.run.asking import Answered, ask
from mma_eval.run.folder import open_run, remove_run
from mma_eval.run.plan import QuestionSource
from mma_eval.run.prediction import Prediction, prediction
from mma_eval.run.progress import RunProgress, Watch, estimate_run, until_spent
from mma_eval.run.questions import ClipQuestions, Key
from mma_eval.run.record import AnyRun, ProbeSection, RunError, write_run
from mma_eval.run.store import PREDICTIONS, PredictionLog, latest_predictions, prediction_lines

MAX_CONSECUTIVE_FAILURES = 10
"""Clips in a row without an answer that abort a run."""


@dataclass(frozen=True)
class AskSettings:
    """Where answers are written, and how long a model is asked."""

    folder: Path
    """The folder of run.json and predictions.jsonl; this process is its only writer."""
    tries: int = 2
    """Attempts at a question when the model raises."""
    max_cost: float | None = None
    """US dollars; asking stops there."""
    overwrite: bool = False
    """Begin anew where other answers are."""


@dataclass(frozen=True)
class AskReport(Generic[AnyRun]):
    """What asking left behind."""

    run: AnyRun
    """run.json as it now is."""
    errors: int
    """Questions asked without getting an answer."""
    share_waiting: float
    """Share of the time in which the model waited for the next clip, from 0 to 1."""


class Recorder(Protocol):
    """Keeps more of the answers than their text, in a folder of its own inside the run folder (`folder.RECORDINGS`).

    It is told of every answer before that is written down: an answer in predictions.jsonl has its recording.
    """

    def describe(self) -> Mapping[str, Json]:
        """Describe what is kept, as JSON: part of run.json. A run that keeps something else is another run."""

    def record(self, folder: Path, asked: ClipQuestions, answers: Sequence[Answer]) -> None:
        """Keep what is wanted of the answers about a clip; it is on the disk when this returns.

        Args:
            folder: the run folder.
            asked: the clip with its questions.
            answers: in the order of the questions. Some may be errors.
        """


def ask_all(
    model: Model,
    source: QuestionSource,
    run: AnyRun,
    settings: AskSettings,
    watch: Watch | None = None,
    recorder: Recorder | None = None,
) -> AskReport[AnyRun]:
    """Ask what no earlier run has answered, and write each answer down before the next clip is asked about.

    Args:
        model: not loaded yet.
        source: the questions.
        run: content of run.json, which must agree with the run.json that the folder has.
        settings: the folder, and how to ask.
        watch: called with the progress.
        recorder: keeps more of the answers than their text.

    Raises:
        MMABenchError: the folder holds another run, the model is not available or fails on every clip, or the money
            is spent. Answers are kept.
    """
    watch = watch or (lambda progress, made: None)
    path = settings.folder / PREDICTIONS
    if settings.overwrite:
        estimate_run(model, source, (), settings.max_cost)
        _load(model)  # what is there is only removed for a run that can begin
        remove_run(settings.folder)
    run = open_run(settings.folder, run)
    progress = RunProgress(source.questions, max_cost=settings.max_cost)
    done, failed_before = _earlier(path, source, progress, watch)
    if not source.left(done):
        return AskReport(run, 0, 0.0)
    progress.estimate = estimate_run(model, source, done, settings.max_cost, spent=progress.spent)
    if not settings.overwrite:
        _load(model)
    run = _probed(model, source, run, settings.folder)
    failed = 0
    with PredictionLog(path) as log:
        clips = source.clip_questions(done)
        answered = ask(model, clips, tries=settings.tries, clock=progress.clock, enough=lambda: progress.is_spent)
        for asked, answers in _abort_on_failures(until_spent(answered, progress), failed_before):
            made = [prediction(target, answer) for target, answer in zip(asked.targets, answers, strict=True)]
            if recorder:
                recorder.record(settings.folder, asked, answers)
            log.append(made)
            errors = sum(p.error is not None for p in made)
            failed += errors
            progress.answered += len(made) - errors
            watch(progress, made)
    return AskReport(run, failed, progress.clock.share_waiting)


def _load(model: Model) -> None:
    try:
        model.load()
    except ImportError as error:
        raise ModelError(
            f'{error}; pip install "mma-bench[api]" for models behind servers, "mma-bench[models]" for models that run '
            "here"
        ) from error


def _earlier(path: Path, source: QuestionSource, progress: RunProgress, watch: Watch) -> tuple[set[Key], set[Key]]:
    """Return the questions that earlier runs answered and those that failed; only their keys stay in memory."""

    def lines() -> Iterator[tuple[int, Prediction]]:
        for number, made in prediction_lines(path) if path.exists() else ():
            progress.spent += made.cost or 0.0  # of every line: an answer that failed and came again was paid twice
            yield number, made

    before = latest_predictions(path, lines())
    done = {key for key, made in before.items() if made.error is None}
    progress.answered = source.questions - source.left(done)
    watch(progress, [before[key] for key in done])
    return done, set(before) - done


def _probed(model: Model, source: QuestionSource, run: AnyRun, folder: Path) -> AnyRun:
    """Probe whether audio reaches the model until that is known, and record it."""
    # A clip is read for it, which the models without a probe are spared.
    if getattr(type(model), "probe", None) is Model.probe or (run.probe and run.probe.arrives is not None):
        return run
    for asked in source.clip_questions():
        if asked.clip.audio_present:
            probe = model.probe(asked.clip, asked.targets[0].question)
            if probe is not None:
                run = run.with_(probe=ProbeSection(**probe.as_json()))
                write_run(folder, run)
            break
    return run


def _abort_on_failures(answered: Iterator[Answered], failed_before: Collection[Key]) -> Iterator[Answered]:
    """Raise after too many clips in a row without an answer: a server that is gone is not asked ten thousand times.

    Questions that failed in an earlier run may well fail again; they do not count.
    """
    in_a_row = 0
    for asked, answers in answered:
        yield asked, answers
        if any(a.error is None for a in answers):
            in_a_row = 0
        elif not any(target.key in failed_before for target in asked.targets):
            in_a_row += 1
        if in_a_row == MAX_CONSECUTIVE_FAILURES and not answers[-1].final:
            raise RunError(
                f"{MAX_CONSECUTIVE_FAILURES} clips in a row without an answer, the last because: {answers[-1].error}. "
                "Earlier answers are kept; fix the cause and run the same command again, it continues"
            )
