"""Schemas of the records in an adapter's folder: training.json and scores.json."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer

from mma_bench.core.files import write_text
from mma_bench.core.records import Items, Number, Record, Utf8Text, read_record
from mma_eval.scoring.metrics import MetricsPair
from mma_training.config import BaseSection, DataSection, LoraSection, OptimisationSection, ValidationSection
from mma_training.errors import TrainingError

TRAINING = "training.json"
"""File with the training record; written last, so its presence marks a complete adapter."""
SCORES = "scores.json"
"""File with the test scores, written by `mma-bench adapter-card`."""
VALIDATION_CELLS = (("aligned", "visual"), ("aligned", "audio"), ("misaligned", "visual"), ("misaligned", "audio"))
"""Conditions and prompts of the validation sample; the checkpoint with the highest mean accuracy wins (paper, 5.2)."""
_MADE_BY = "mma-bench train"
Family = Literal["qwen2_5_omni", "qwen3_omni_moe"]
"""Type of a trainable base model, named as its model type in transformers."""
Interval = Annotated[
    tuple[Number, Number],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]
"""Lower and upper bound; a list in JSON."""


class _Base(BaseSection, extra="allow"):
    name: str = ""


class _Lora(LoraSection, extra="allow"): ...


class _Data(DataSection, extra="allow"): ...


class _Validation(ValidationSection, extra="allow"): ...


class _Optimisation(OptimisationSection, extra="allow"): ...


class RecordedConfig(Record):
    """The configuration, without settings that do not affect the weights; its sections may have unknown keys."""

    base: _Base
    lora: _Lora
    data: _Data
    validation: _Validation
    optimisation: _Optimisation


class TunedBase(Record):
    """The base model as loaded, with its preprocessing of clips."""

    name: Utf8Text
    """A shipped name, a Hub id, or a folder."""
    family: Family
    revision: Utf8Text | None
    """Commit of the base on the Hub, or digest of a local base's weights."""
    fps: Number | None
    """Frames sampled per second."""
    size: Items[int] | None
    """Height and width of a frame in pixels; None if the base accepts several sizes."""
    min_pixels: int | None
    max_pixels: int | None
    """Maximum pixels per frame, `min_pixels` being the minimum; None for frames of a fixed size."""
    system_prompt: Utf8Text | None


class TuningData(Record):
    """The training data: its dataset, rows and classes."""

    digest: Utf8Text
    """SHA-256 of the dataset."""
    source: Literal["synthetic", "recordings"]
    rows: dict[Utf8Text, int]
    """Number of training rows by condition, before balancing."""
    clips: int
    """Number of distinct clips in the training rows."""
    seen_classes: Items[Utf8Text]
    unseen_classes: Items[Utf8Text]
    """Classes excluded from training."""


class ValidationAccuracies(Record):
    """Accuracy of the chosen checkpoint on the validation sample, 0 to 1, by condition and prompt."""

    accuracy: Number
    """Mean of the four accuracies below."""
    aligned_visual: Number
    aligned_audio: Number
    misaligned_visual: Number
    misaligned_audio: Number


class TrainingResult(Record):
    """The outcome of a finished training."""

    steps: int
    """Number of optimiser steps."""
    best_step: int
    """Step of the chosen checkpoint, which provides the adapter's weights."""
    parameters: int
    """Number of parameters of the adapter."""
    validation: ValidationAccuracies
    seconds: Number | None
    """Training time, excluding steps lost to interruptions; None if unknown."""
    machine: Utf8Text
    """Description of the GPUs, or of the processor and its threads."""


class TrainingDescription(Record):
    """Content of state.json in a work folder: describes a training before its result is known."""

    config: RecordedConfig
    base: TunedBase
    dataset: Utf8Text
    """The dataset's Hub id, or the name of its folder."""
    dataset_built_by: Utf8Text | None = None
    """Command that rebuilds the dataset; None if it came from the Hub."""
    data: TuningData
    processes: int = 1
    """Number of distributed processes."""
    versions: dict[Utf8Text, Utf8Text]
    """Versions of mma-bench and of the libraries that training uses, by name."""


class TrainingRecord(TrainingDescription):
    """Content of training.json: describes a finished training and its result."""

    result: TrainingResult


class ScoredCell(Record):
    """Accuracy of the base and the tuned model on the same questions, 0 to 1; unanswered questions count as wrong."""

    classes: Literal["all", "seen", "unseen"]
    """The rows compared: all, those whose classes were all seen in training, or those with only unseen classes."""
    condition: Utf8Text
    prompt: Utf8Text
    variant: Utf8Text
    n: int
    """Number of questions that both models were asked."""
    base: Number
    tuned: Number
    tuned_interval: Interval
    """95 % Wilson interval of `tuned`."""
    difference: Number
    """`tuned` minus `base`."""
    interval: Interval
    """95 % bootstrap interval of `difference`; clips are the resampling unit."""
    p: Utf8Text
    """Formatted p-value of McNemar's exact test; `-` if the test does not apply."""


class Unanswered(Record):
    """Number of questions that each model left unanswered."""

    base: int
    tuned: int


class AdapterScores(Record):
    """Content of scores.json: test accuracies of an adapter and its base."""

    dataset_digest: Utf8Text
    source: Utf8Text
    """Source of the clips: `synthetic` or `recordings`."""
    split: Utf8Text
    clips: int
    """Number of distinct clips in the evaluation."""
    partial: bool
    """True if a run covers only part of its split."""
    unanswered: Unanswered | None = None
    """Number of unanswered questions by model; None in files written before this field existed."""
    reading: int = 1
    """Version of the metric's rules by which answers were read."""
    cells: Items[ScoredCell]
    pairs: dict[Literal["base", "tuned"], Items[MetricsPair]]
    """Content of `pairs` in each run's metrics.json, by model."""


def read_training(adapter: Path) -> TrainingRecord:
    """Read the training.json of an adapter's folder; raise TrainingError if it is missing or malformed."""
    try:
        return read_record(adapter / TRAINING, TrainingRecord, made_by=_MADE_BY, error=TrainingError)
    except FileNotFoundError as error:
        raise TrainingError(f"{adapter}: no {TRAINING}; expected a folder written by `{_MADE_BY}`") from error


def write_training(path: Path, record: TrainingDescription) -> None:
    """Write a record to `path` (state.json or training.json); raise StorageError if the disk is full or read-only."""
    write_text(path, json.dumps(record.as_json(), indent=1) + "\n")


def read_scores(adapter: Path) -> AdapterScores | None:
    """Read an adapter's scores.json; return None if there is none, raise TrainingError if it is malformed."""
    try:
        return read_record(adapter / SCORES, AdapterScores, made_by="mma-bench adapter-card", error=TrainingError)
    except FileNotFoundError:
        return None
