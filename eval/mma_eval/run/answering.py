"""Asking all that no earlier run has answered: each answer is on the disk before the next clip is asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from mma_eval.model import Model, ModelError
from mma_eval.run.asking import Answered, Clock, ask
from mma_eval.run.budget import estimate_run, is_spent, until_spent
from mma_eval.run.folder import open_run, remove_run
from mma_eval.run.prediction import Key, prediction
from mma_eval.run.progress import Progress, Watch
from mma_eval.run.provenance import RunError, read_run, write_run
from mma_eval.run.recording import Recorder
from mma_eval.run.store import PREDICTIONS, PredictionLog, numbered_lines, read_predictions
from mma_eval.run.units import Askable

_HOPELESS = 10
"""So many clips in a row without an answer end a run."""


@dataclass(frozen=True)
class RunReport:
    """What a run left behind."""

    folder: Path
    metrics: Mapping[str, Any] | None
    """None while other shards are missing."""
    errors: int
    """Questions without an answer."""
    share_waiting: float
    """Of the time, in which the model waited for the next clip."""


class Asking(Protocol):
    """How questions are put, as `EvalOptions` says it."""

    @property
    def part_folder(self) -> Path: ...  # noqa: D102
    @property
    def tries(self) -> int: ...  # noqa: D102
    @property
    def max_cost(self) -> float | None: ...  # noqa: D102
    @property
    def overwrite(self) -> bool: ...  # noqa: D102


def ask_all(
    model: Model,
    work: Askable,
    options: Asking,
    run: Mapping[str, Any],
    watch: Watch,
    recorder: Recorder | None = None,
) -> RunReport:
    """Ask what no earlier run has answered, and write each answer down before the next clip is asked about.

    Args:
        model: not loaded yet.
        work: what there is to ask.
        options: the folder, of which this process is the only writer, and how to ask.
        run: what is written into run.json, and must be what is there where the folder holds a run.
        watch: told of the progress.
        recorder: keeps more of the answers than their text.

    Raises:
        MMABenchError: the folder holds another run, the model cannot be had or fails on every clip, or the money is
            spent. What was answered stays.
    """
    if options.overwrite:
        estimate_run(model, work, (), options.max_cost)
        _load(model)  # what is there is only removed for a run that can begin
        remove_run(options.part_folder)
    open_run(options.part_folder, run)
    path = options.part_folder / PREDICTIONS
    progress = Progress(work.questions, 0, Clock())
    done, failed_before = _earlier(path, work, progress, watch)
    failed = 0
    if not work.left(done):
        return RunReport(options.part_folder, None, 0, 0.0)
    progress.estimate = estimate_run(model, work, done, options.max_cost, spent=progress.spent)
    if not options.overwrite:
        _load(model)
    _probe(model, work, options.part_folder)
    with PredictionLog(path) as log:
        spent = partial(is_spent, progress, options.max_cost)
        answered = ask(model, work.units(done), tries=options.tries, clock=progress.clock, enough=spent)
        for unit, answers in _hopeful(until_spent(answered, progress, options.max_cost), failed_before):
            made = [prediction(asked, answer) for asked, answer in zip(unit.asked, answers, strict=True)]
            if recorder:
                recorder.record(options.part_folder, unit, answers)
            log.append(made)
            failed += sum(p.error is not None for p in made)
            progress.answered += sum(p.error is None for p in made)
            watch(progress, made)
    return RunReport(options.part_folder, None, failed, progress.clock.share_waiting)


def _load(model: Model) -> None:
    try:
        model.load()
    except ImportError as error:
        raise ModelError(
            f'{error}; pip install "mma-bench[api]" for models behind servers, "mma-bench[models]" for those that run '
            "here"
        ) from error


def _earlier(path: Path, work: Askable, progress: Progress, watch: Watch) -> tuple[set[Key], set[Key]]:
    """Questions that earlier runs answered, and those that failed; only their keys stay in memory."""
    before = read_predictions(path) if path.exists() else {}
    done = {key for key, made in before.items() if made.error is None}
    progress.answered = work.questions - work.left(done)
    # Of all lines: an answer that failed and came again was paid for twice.
    progress.spent = sum(float(str(line.get("cost") or 0)) for _, line in numbered_lines(path)) if before else 0.0
    watch(progress, [before[key] for key in done])
    return done, set(before) - done


def _probe(model: Model, work: Askable, folder: Path) -> None:
    """Where a model can be asked whether sound arrives, ask until it is known, and write it down."""
    run = read_run(folder)
    probe = getattr(model, "probe", None)
    if probe is None or run.get("probe", {}).get("arrives") is not None:
        return
    for unit in work.units():
        if unit.clip.audio_present:
            write_run(folder, run | {"probe": probe(unit.clip, unit.asked[0].question).as_json()})
            return


def _hopeful(answered: Iterator[Answered], failed_before: Collection[Key]) -> Iterator[Answered]:
    """Give up where nothing succeeds: a server that is gone should not be asked ten thousand times.

    Questions that failed in an earlier run may well fail again, and say nothing of the others.
    """
    in_a_row = 0
    for unit, answers in answered:
        yield unit, answers
        if any(a.error is None for a in answers):
            in_a_row = 0
        elif not any(asked.key in failed_before for asked in unit.asked):
            in_a_row += 1
        if in_a_row == _HOPELESS and not answers[-1].final:
            raise RunError(
                f"{_HOPELESS} clips in a row without an answer, the last because: {answers[-1].error}. What was "
                "answered is kept; put it right and run the same command again, it continues"
            )
