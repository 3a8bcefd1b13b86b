"""Ask the questions that earlier runs have not answered, within a budget, and store the answers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json
from mma_eval.model import Answer, CostEstimate, Model, ModelError
from mma_eval.run.asking import Answered, Clock, ask
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
    max_cost: float | None = None
    estimate: CostEstimate | None = None
    """Cost estimated before the first question of this run."""

    @property
    def is_spent(self) -> bool:
        """Whether the budget is spent."""
        return self.max_cost is not None and self.spent >= self.max_cost


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
    path = settings.folder / PREDICTIONS
    if settings.overwrite:
        estimate_run(model, source, (), settings.max_cost)
        _load(model)  # delete existing answers only once the new run can start
        remove_run(settings.folder)
    run = open_run(settings.folder, run)
    progress = RunProgress(source.questions, max_cost=settings.max_cost)
    done, failed_before = _earlier(path, source, progress, watch)
    if not source.left(done):
        return run, 0
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


def until_spent(answered: Iterator[Answered], progress: RunProgress) -> Iterator[Answered]:
    """Yield the answers and add up their cost; clips already in progress when the budget is spent are included.

    Raises:
        RunError: the budget is spent; raised after the last answer.
    """
    for asked, answers in answered:
        progress.spent += sum(a.cost or 0.0 for a in answers)
        yield asked, answers
    if progress.is_spent:
        raise RunError(
            f"--max-cost {progress.max_cost:g}: budget spent (${progress.spent:.2f}); {progress.answered} of "
            f"{progress.questions} questions are answered. Run the same command with a higher --max-cost to continue"
        )


def _load(model: Model) -> None:
    try:
        model.load()
    except ImportError as error:
        raise ModelError(
            f'missing dependency ({error}); install it, or pip install "mma-bench[api]" for models behind servers, '
            '"mma-bench[models]" for local models'
        ) from error


def _earlier(path: Path, source: QuestionSource, progress: RunProgress, watch: Watch) -> tuple[set[Key], set[Key]]:
    """Return the keys of the questions that earlier runs answered, and of those that failed."""

    def lines() -> Iterator[tuple[int, Prediction]]:
        for number, made in prediction_lines(path) if path.exists() else ():
            progress.spent += made.cost or 0.0  # every line counts: a retried question was paid for twice
            yield number, made

    before = latest_predictions(path, lines())
    done = {key for key, made in before.items() if made.error is None}
    progress.answered = source.questions - source.left(done)
    watch(progress, [before[key] for key in done])
    return done, set(before) - done


def _probed(model: Model, source: QuestionSource, run: AnyRun, folder: Path) -> AnyRun:
    """Probe whether audio reaches the model, unless run.json has the result; store the result in run.json."""
    # Probing reads a clip, so models without a probe are skipped.
    if type(model).probe is Model.probe or (run.probe and run.probe.arrives is not None):
        return run
    asked = next((asked for asked in source.clip_questions() if asked.clip.audio_present), None)
    probe = model.probe(asked.clip, asked.targets[0].question) if asked else None
    if probe is not None:
        run = run.with_(probe=ProbeSection(**asdict(probe)))
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
