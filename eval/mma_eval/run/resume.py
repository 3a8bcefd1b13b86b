"""Ask the questions that earlier runs have not answered, within a budget, and store the answers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Protocol

from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json
from mma_eval.model import Answer, CostEstimate, Model, ModelError
from mma_eval.run.asking import Answered, Clock, ask
from mma_eval.run.budget import Budget
from mma_eval.run.folder import open_run, remove_run
from mma_eval.run.plan import QuestionSource
from mma_eval.run.prediction import Prediction, prediction
from mma_eval.run.questions import ClipQuestions, Key
from mma_eval.run.record import AnyRun, ProbeSection, RunError, write_run
from mma_eval.run.store import PREDICTIONS, PredictionLog, latest_predictions, prediction_lines

MAX_CONSECUTIVE_FAILURES = 10
"""Number of consecutive failed clips after which a run is aborted."""


@dataclass
class RunProgress:
    """Progress of a run."""

    questions: int
    answered: int = 0
    """Number of answered questions, including those of earlier runs."""
    clock: Clock = field(default_factory=Clock)
    spent: float = 0.0
    """Cost so far in US dollars, including earlier runs."""
    estimate: CostEstimate | None = None
    """Cost estimated before the first question of this run."""


Watch = Callable[[RunProgress, list[Prediction]], None]
"""Function called after each clip with the answers just written; its first call passes the answers of earlier runs."""


@dataclass(frozen=True)
class AskSettings:
    """Output folder, retries and budget for asking a model; see `options.EvalOptions`."""

    folder: Path
    """The folder of run.json and predictions.jsonl; this process is its only writer."""
    tries: int
    max_cost: float | None
    overwrite: bool


class Recorder(Protocol):
    """Stores additional data about answers in a subfolder of the run folder, which `folder.remove_run` deletes.

    `record` is called before the answers are appended to predictions.jsonl, so the data exists for every answer there.
    """

    def describe(self) -> Mapping[str, Json]:
        """Describe the stored data, as JSON for run.json; a run with a different description cannot be continued."""

    def record(self, folder: Path, asked: ClipQuestions, answers: Sequence[Answer]) -> None:
        """Write the data about one clip's answers, which are in the order of its questions and may be errors."""


def ask_all(
    model: Model,
    source: QuestionSource,
    run: AnyRun,
    settings: AskSettings,
    watch: Watch | None = None,
    recorder: Recorder | None = None,
) -> tuple[AnyRun, int]:
    """Load the model, ask it the questions that earlier runs have not answered, and append to predictions.jsonl.

    `run` is the content of run.json; it must match the run.json of existing answers.

    Returns:
        The current content of run.json, and the number of questions that failed in this call.

    Raises:
        MMABenchError: the folder contains a different run, the model is unavailable, too many consecutive clips fail,
            or the budget is spent. Answers so far are kept.
    """
    watch = watch or (lambda progress, made: None)
    with suppress(AttributeError):  # a frozen dataclass keeps its own
        model.tries = settings.tries
    path = settings.folder / PREDICTIONS
    if settings.overwrite:
        estimate_run(model, source, (), settings.max_cost)
        _load(model)  # delete existing answers only once the new run can start
        remove_run(settings.folder)
    run, stored = open_run(settings.folder, run)
    progress = RunProgress(source.questions)
    budget = Budget(inf if settings.max_cost is None else settings.max_cost)
    if run.probe:
        budget.add(run.probe.cost, requests=2)
    done, failed_before = _earlier(path, source, progress, budget, watch)
    if not source.left(done):
        return _up_to_date(run, stored, settings.folder), 0
    progress.estimate = estimate_run(model, source, done, settings.max_cost, spent=budget.spent)
    if not settings.overwrite:
        _load(model)
    moved = stored.as_json()["model"].get("server") != run.as_json()["model"].get("server")
    run = _up_to_date(run, stored, settings.folder)
    if moved or run.probe is None or run.probe.arrives is None:
        run = _probed(model, source, run, settings.folder, budget)
    run = _with_adaptations(model, run, settings.folder)
    failed = 0
    with PredictionLog(path) as log:
        clips = source.clip_questions(done)
        limited = None if settings.max_cost is None else budget
        answered = ask(model, clips, tries=settings.tries, clock=progress.clock, budget=limited)
        for asked, answers in _abort_on_failures(answered, failed_before):
            if not limited:
                budget.add(sum(a.cost or 0.0 for a in answers), requests=len(answers))
            progress.spent = budget.spent
            made = [prediction(target, answer) for target, answer in zip(asked.targets, answers, strict=True)]
            if recorder:
                recorder.record(settings.folder, asked, answers)
            log.append(made)
            errors = sum(p.error is not None for p in made)
            failed += errors
            progress.answered += len(made) - errors
            watch(progress, made)
            run = _with_adaptations(model, run, settings.folder)
    if budget.refused:
        raise RunError(
            f"--max-cost {budget.limit:g}: budget spent (${budget.spent:.2f}); {progress.answered} of "
            f"{progress.questions} questions are answered, and the next one may cost more than what is left. Run the "
            "same command with a higher --max-cost to continue"
        )
    return run, failed


def estimate_run(
    model: Model, source: QuestionSource, done: Collection[Key], max_cost: float | None, *, spent: float = 0.0
) -> CostEstimate | None:
    """Estimate the cost of the open questions and check it against the budget; None for a free model.

    `max_cost` is the budget of the whole run and `spent` the amount that earlier runs spent, in US dollars.

    Raises:
        OptionsError: a paid model has no budget or no known price, or the estimate exceeds the budget.
    """
    if not model.paid and max_cost is None:
        return None
    expected = model.estimate(source.outline(done))
    if expected is None or not expected.requests:
        return expected
    if max_cost is None:
        raise OptionsError(
            f"no budget: this run will take {expected}. Set a budget (--max-cost USD"
            f"{' --price IN,OUT' if expected.usd is None else ''}); --limit lowers the cost"
        )
    if expected.usd is None:
        raise OptionsError(f"this run will take {expected}; give --price IN,OUT, so that --max-cost can be enforced")
    if spent + expected.usd > max_cost:
        before = f" besides ${spent:.2f} already spent" if spent else ""
        raise OptionsError(
            f"this run will take {expected}{before}, more than --max-cost {max_cost:g}; raise --max-cost, or ask about "
            "fewer clips with --limit"
        )
    return expected


def _load(model: Model) -> None:
    try:
        model.load()
    except ImportError as error:
        raise ModelError(
            f'missing dependency ({error}); install it, or pip install "mma-bench[api]" for models behind servers, '
            '"mma-bench[models]" for local models'
        ) from error


def _earlier(
    path: Path, source: QuestionSource, progress: RunProgress, budget: Budget, watch: Watch
) -> tuple[set[Key], set[Key]]:
    """Return the keys of the questions that earlier runs answered, and of those that failed."""

    def lines() -> Iterator[tuple[int, Prediction]]:
        for number, made in prediction_lines(path) if path.exists() else ():
            budget.add(made.cost, requests=1)  # every line counts: a retried question was paid for twice
            yield number, made

    before = latest_predictions(path, lines())
    done = {key for key, made in before.items() if made.error is None}
    progress.answered, progress.spent = source.questions - source.left(done), budget.spent
    watch(progress, [before[key] for key in done])
    return done, set(before) - done


def _up_to_date(run: AnyRun, stored: AnyRun, folder: Path) -> AnyRun:
    """Write run.json if its content has changed since it was stored: a moved server, a grown limit."""
    if run.as_json() != stored.as_json():
        write_run(folder, run)
    return run


def _probed(model: Model, source: QuestionSource, run: AnyRun, folder: Path, budget: Budget) -> AnyRun:
    """Probe whether audio reaches the model, and store the result in run.json."""
    # Probing reads a clip, so models without a probe are skipped.
    if type(model).probe is Model.probe:
        return run
    asked = next((asked for asked in source.clip_questions() if asked.clip.audio_present), None)
    probe = model.probe(asked.clip, asked.targets[0].question) if asked else None
    if probe is not None:
        budget.add(probe.cost, requests=2)
        before = run.probe.cost if run.probe else None
        cost = None if before is None and probe.cost is None else (before or 0.0) + (probe.cost or 0.0)
        run = run.with_(probe=ProbeSection(**asdict(probe) | {"cost": cost}))
        write_run(folder, run)
    return run


def _with_adaptations(model: Model, run: AnyRun, folder: Path) -> AnyRun:
    """Store in run.json what requests have been adapted to since it was written."""
    adapted = tuple(sorted({*run.adapted, *model.adapted}))
    if adapted != run.adapted:
        run = run.with_(adapted=adapted)
        write_run(folder, run)
    return run


def _abort_on_failures(answered: Iterator[Answered], failed_before: Collection[Key]) -> Iterator[Answered]:
    """Raise after `MAX_CONSECUTIVE_FAILURES` consecutive failed clips, for example because a server is down.

    Clips whose questions failed in an earlier run do not count, because they are likely to fail again.
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
                f"{MAX_CONSECUTIVE_FAILURES} consecutive clips failed; last error: {answers[-1].error}. "
                "Answers so far are kept. Fix the cause, then run the same command again to continue"
            )
