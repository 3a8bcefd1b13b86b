"""Schema of metrics.json: the scores of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import Field

from mma_accuracy.scoring import score
from mma_bench.core.records import Items, Number, Record, Text, read_record, write_record
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RunError, RunRecord


class MetricsCell(Record):
    """Scores of one condition, prompt and variant. Rates are 0 to 1."""

    condition: Text
    prompt: Text
    """The modality asked about."""
    variant: Text
    n: int
    """Number of questions."""
    n_valid: int
    """Number of questions with an answer."""
    accuracy: Number
    """Correct answers divided by `n`."""
    accuracy_valid: Number | None
    """Correct answers divided by `n_valid`; null if that is 0."""
    ci_low: Number
    """Lower bound of the 95 % Wilson interval of `accuracy`; each clip counts once."""
    ci_high: Number
    chance: Number
    """Expected accuracy of a random choice."""
    outcomes: dict[Text, Number]
    """Rate of each outcome; they add up to 1."""


class MetricsPair(Record):
    """Joint outcomes of the visual and the audio answer about a row, for one condition and variant."""

    condition: Text
    variant: Text
    n: int
    """Number of rows with both answers."""
    outcomes: dict[Text, Number]
    """Rate of each outcome, 0 to 1; they add up to 1."""


class Metrics(Record):
    """Content of metrics.json."""

    schema_version: int = Field(1, alias="schema")
    dataset_digest: Text | None
    """`dataset_digest` of the dataset; null for a file of predictions without a run."""
    source: Text | None
    """`synthetic` or `recordings`; null for a file of predictions without a run."""
    partial: bool | None
    """Whether questions of the dataset are missing; null for a file of predictions without a run."""
    cells: Items[MetricsCell]
    pairs: Items[MetricsPair]

    @property
    def errors(self) -> int:
        """Number of questions without an answer."""
        return sum(cell.n - cell.n_valid for cell in self.cells)

    def of_run(self, run: RunRecord) -> Self:
        """Return the metrics with dataset digest, source and `partial` taken from run.json."""
        answered = sum(cell.n for cell in self.cells)
        interrupted = not run.merged and answered < run.questions
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
    )
    untold = {"schema": 1, "dataset_digest": None, "source": None, "partial": None}
    return Metrics.model_validate({**untold, "cells": found["cells"], "pairs": found["pairs"]})


def load_metrics(path: Path) -> Metrics:
    """Read a metrics.json.

    Raises:
        FileNotFoundError: there is no such file.
        RunError: the file is not a valid metrics.json.
    """
    return read_record(path, Metrics, made_by="mma-bench score", error=RunError)


def write_metrics(path: Path, metrics: Metrics) -> None:
    """Write a metrics.json."""
    write_record(path, metrics)
