"""A run of the evaluation: every question of a dataset put to a model, written down, scored."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from mma_bench.built import BuiltDataset, records
from mma_bench.conditions import CONDITIONS
from mma_bench.errors import OptionsError
from mma_bench.files import sole_writer
from mma_eval.asking import Answered, Clock, ask
from mma_eval.budget import estimate_run, is_spent, until_spent
from mma_eval.datasets import find_dataset
from mma_eval.merging import merge_shards
from mma_eval.model import Model, ModelError
from mma_eval.options import EvalOptions
from mma_eval.prediction import Key, prediction
from mma_eval.progress import Progress, Watch
from mma_eval.provenance import RunError, describe_run, read_run, write_run
from mma_eval.resolve import resolve_model
from mma_eval.run_folder import open_run, remove_run
from mma_eval.scoring import score_run
from mma_eval.store import PREDICTIONS, PredictionLog, numbered_lines, read_predictions
from mma_eval.units import Askable, plan_work

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


def evaluate(options: EvalOptions, *, model: Model | None = None, watch: Watch | None = None) -> RunReport:
    """Run a model on a dataset; called again with the same options it continues.

    Args:
        options: what to run.
        model: an instance to use instead of the one that `options.model` names.
        watch: told of the progress.

    Returns:
        Where the run is and what it scores.

    Raises:
        MMABenchError: the dataset or the model cannot be had, the folder holds another run, the model fails on every
            clip, or the money is spent. What was answered stays.
    """
    data = find_dataset(options.data, options.conditions, options.split)
    selection = options.selection(_conditions(data, options.split))
    work = plan_work(data, selection)
    model = model or resolve_model(options.model, options.model_options)
    _check_rows(model, data, options.split)
    _check_classes(model, data)
    folder = options.part_folder
    with sole_writer(folder / PREDICTIONS):
        run = describe_run(model, options.run_folder.name, work)
        report = ask_all(model, work, options, run, watch or (lambda progress, made: None))
    if options.shard[1] > 1 and not merge_shards(options.run_folder):
        return report
    metrics = score_run(options.run_folder)
    errors = sum(cell["n"] - cell["n_valid"] for cell in metrics["cells"])
    return RunReport(options.run_folder, metrics, errors, report.share_waiting)


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


def ask_all(model: Model, work: Askable, options: Asking, run: Mapping[str, Any], watch: Watch) -> RunReport:
    """Ask what no earlier run has answered, and write each answer down before the next clip is asked about.

    Args:
        model: not loaded yet.
        work: what there is to ask.
        options: the folder, of which this process is the only writer, and how to ask.
        run: what is written into run.json, and must be what is there where the folder holds a run.
        watch: told of the progress.

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


def _conditions(data: BuiltDataset, split: str) -> tuple[str, ...]:
    there = {shard.condition for shard in data.shards if shard.split == split}
    if not there:
        raise OptionsError(f"--split {split}: {data.folder} has no rows of it")
    return tuple(c for c in CONDITIONS if c in there)


def _check_classes(model: Model, data: BuiltDataset) -> None:
    check = getattr(model, "check_classes", None)
    if check is not None:
        check(data.classes)


def _check_rows(model: Model, data: BuiltDataset, split: str) -> None:
    check = getattr(model, "check_rows", None)
    if check is not None:
        check(frozenset(r["id"] for shard in data.select(None, [split]) for r in records(shard, ["id"])))
