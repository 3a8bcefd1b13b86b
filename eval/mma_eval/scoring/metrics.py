"""Schema of metrics.json: the scores of a run."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from mma_accuracy.scoring import score
from mma_bench.core.records import Items, Number, Record, Text
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RunRecord


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
    """Rates of the joint outcomes of both answers about a row, over the `n` rows of a condition and variant with both."""

    condition: Text
    variant: Text
    n: int
    outcomes: dict[Text, Number]


class Metrics(Record):
    """Content of metrics.json; what only run.json tells is null for a file of predictions without a run."""

    schema_version: int = Field(1, alias="schema")
    dataset_digest: Text | None
    source: Text | None
    """`synthetic` or `recordings`."""
    partial: bool | None
    """Whether questions of the dataset are missing."""
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
