"""Score predictions, run folders and files; read and write metrics.json."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import Field

from mma_accuracy.reading import READING
from mma_accuracy.scoring import score
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Items, Number, Record, Text, read_record, write_record
from mma_eval.run.folder import METRICS, SHARDS, merge_parts, merge_runs
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RUN, RunError, RunRecord, read_run
from mma_eval.run.store import PREDICTIONS, PredictionsError, read_predictions

MAX_CUT_OFF_SHARE = 0.03
"""Share of answers that may be cut off before users are told to raise the limit of tokens."""


class MetricsCell(Record):
    """Scores of one condition, prompt and variant. Rates are 0 to 1."""

    condition: Text
    prompt: Text
    """Modality asked about."""
    variant: Text
    n: int
    """Number of questions."""
    n_valid: int
    """Number of questions answered without an error, including abstentions and answers that name no option."""
    accuracy: Number
    """Correct answers divided by `n`."""
    accuracy_valid: Number | None
    """Correct answers divided by `n_valid`; null if that is 0."""
    n_attributed: int = 0
    """Number of answers that name classes of both senses and were read by attribution to the sense asked about."""
    accuracy_without_attributed: Number | None = None
    """Accuracy if those answers counted as unreadable."""
    ci_low: Number
    """Lower bound of the 95 % Wilson interval of `accuracy`; each clip counts once."""
    ci_high: Number
    chance: Number
    """Expected accuracy of a random choice."""
    outcomes: dict[Text, Number]
    """Rate of each outcome; they add up to 1."""
    off_list_reasons: dict[Text, int] = Field(default_factory=dict)
    """Number of unrecognised answers by reason, `mma_accuracy.reading.REASONS`."""
    ended: dict[Text, int] = Field(default_factory=dict)
    """Number of answers by the way they ended, `mma_accuracy.ending.ENDED`; the rest is unknown."""

    @property
    def cut_off(self) -> int:
        """Number of answers that were cut off at the limit of tokens."""
        return self.ended.get("length", 0)


class MetricsPair(Record):
    """Rates of the joint outcomes of the visual and the audio answer, over the `n` rows that have both answers."""

    condition: Text
    variant: Text
    n: int
    outcomes: dict[Text, Number]


class Metrics(Record):
    """Content of metrics.json; fields taken from run.json are null for a predictions file without a run."""

    schema_version: int = Field(1, alias="schema")
    dataset_digest: Text | None
    source: Text | None
    """Kind of clips: `synthetic` or `recordings`."""
    reading: int = 1
    """Version of the rules by which answers were read, `mma_accuracy.reading.READING`."""
    partial: bool | None
    """Whether questions are missing because of `--limit`, a missing part or an interruption."""
    cells: Items[MetricsCell]
    pairs: Items[MetricsPair]

    @property
    def n(self) -> int:
        """Number of questions."""
        return sum(cell.n for cell in self.cells)

    @property
    def errors(self) -> int:
        """Number of questions without an answer."""
        return sum(cell.n - cell.n_valid for cell in self.cells)

    @property
    def cut_off(self) -> int:
        """Number of answers that were cut off at the limit of tokens."""
        return sum(cell.cut_off for cell in self.cells)

    @property
    def is_often_cut_off(self) -> bool:
        """True if so many answers were cut off that a higher limit may change the scores."""
        return self.cut_off > MAX_CUT_OFF_SHARE * self.n

    def of_run(self, run: RunRecord) -> Self:
        """Return the metrics with dataset digest, source and `partial` taken from run.json."""
        interrupted = not run.merged and self.n < run.questions
        return self.with_(
            dataset_digest=run.data.digest,
            source=run.data.source,
            partial=run.partial or run.selection.part != (1, 1) or interrupted,
        )


def metrics_of(predictions: Sequence[Prediction]) -> Metrics:
    """Score predictions by cell and pair; the fields that need a run.json are None."""
    found = score(
        [p.answer for p in predictions],
        [p.reference for p in predictions],
        classes=[list(p.options) for p in predictions],
        other_references=[p.other for p in predictions],
        caption_references=[p.caption for p in predictions],
        conditions=[p.condition for p in predictions],
        prompts=[p.prompt for p in predictions],
        variants=[p.variant for p in predictions],
        clip_ids=[p.clip_id for p in predictions],
        errors=[p.error for p in predictions],
        pair_ids=[f"{p.id} {p.seed}" for p in predictions],
        ended=[p.ended for p in predictions],
    )
    untold = {"schema": 1, "dataset_digest": None, "source": None, "reading": READING, "partial": None}
    return Metrics.model_validate({**untold, "cells": found["cells"], "pairs": found["pairs"]})


def score_run(folder: Path, run: RunRecord | None = None) -> Metrics:
    """Score the predictions of a run folder and write its metrics.json; `run` is its run.json, if already read.

    Raises:
        PredictionsError: predictions.jsonl cannot be read or scored.
        RunError: there are no predictions, or no run.json.
    """
    run = run or read_run(folder)
    metrics = score_predictions(folder / PREDICTIONS).of_run(run)
    write_record(folder / METRICS, metrics)
    return metrics


def read_metrics(folder: Path, run: RunRecord | None = None) -> Metrics:
    """Read the metrics.json of a run folder; rescore the run if that file is missing or stale.

    It is stale if it is older than the predictions, or if its answers were read by other rules.

    Raises:
        RunError: the folder is not a run folder, or its metrics.json is invalid.
    """
    path, predictions = folder / METRICS, folder / PREDICTIONS
    if missing := [name for name in (RUN, PREDICTIONS) if not (folder / name).is_file()]:
        raise RunError(f"{folder}: no {' and no '.join(missing)}; expected a folder written by `mma-bench eval`")
    if not path.is_file() or path.stat().st_mtime_ns < predictions.stat().st_mtime_ns:
        return score_run(folder, run)
    metrics = read_record(path, Metrics, made_by="mma-bench score", error=RunError)
    return metrics if metrics.reading == READING else score_run(folder, run)


def score_predictions(path: Path) -> Metrics:
    """Score a predictions file of any model; metrics that need a run.json are None.

    Raises:
        PredictionsError: the file cannot be read or scored.
        RunError: the file contains no predictions.
    """
    predictions = list(read_predictions(path).values())
    if not predictions:
        raise RunError(f"{path}: no predictions; expected one in each line, as written by `mma-bench eval`")
    try:
        return metrics_of(predictions)
    except ValueError as error:
        raise PredictionsError(f"{path}: {error}") from error


def score_paths(what: Sequence[Path], out: Path | None = None) -> tuple[Metrics, Path]:
    """Score one predictions file, one run folder, or several run folders together, as `mma-bench score` does.

    `out` is the folder of the merged run, or, for a predictions file, the path of metrics.json, by default beside it.

    Returns:
        The metrics and the path of their metrics.json.

    Raises:
        MMABenchError: an input cannot be read, or the runs are not comparable.
    """
    if len(what) > 1:
        if out is None:
            raise OptionsError("--out is missing; give a folder for the merged run")
        return score_run(out, merge_runs(what, out)), out / METRICS
    only = what[0]
    if only.is_dir():
        if out is not None:
            raise OptionsError(f"--out {out}: not allowed for a run folder, whose scores stay in {only}; omit --out")
        run = None
        if (only / SHARDS).is_dir() and (run := merge_parts(only)) is None:
            raise RunError(
                f"{only / SHARDS}: parts of the run are missing or incomplete; finish them with "
                "`mma-bench eval ... --shard I/N`, then score again"
            )
        return score_run(only, run), only / METRICS
    metrics, path = score_predictions(only), out or only.with_name(METRICS)
    write_record(path, metrics)
    return metrics, path
