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
"""Written last: its presence means that the adapter is complete."""
SCORES = "scores.json"
"""Written by `mma-bench adapter-card`."""
VALIDATION_CELLS = (("aligned", "visual"), ("aligned", "audio"), ("misaligned", "visual"), ("misaligned", "audio"))
"""Conditions and prompts of the validation sample; the checkpoint with the highest mean accuracy wins (paper, 5.2)."""
_MADE_BY = "mma-bench train"
Family = Literal["qwen2_5_omni", "qwen3_omni_moe"]
"""Model types in transformers of the trainable base models."""
Interval = Annotated[
    tuple[Number, Number],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]
"""A JSON list of two numbers."""


class _Base(BaseSection, extra="allow"):
    name: str = ""


class _Lora(LoraSection, extra="allow"): ...


class _Data(DataSection, extra="allow"): ...


class _Validation(ValidationSection, extra="allow"): ...


class _Optimisation(OptimisationSection, extra="allow"): ...


class RecordedConfig(Record):
    """The configuration, without names and settings that do not affect the weights; its sections allow unknown keys."""

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
    """Commit on the Hub, or a digest of the weights."""
    fps: Number | None
    """Frames per second."""
    size: Items[int] | None
    """Height and width of a frame in pixels; None if the base accepts several sizes."""
    min_pixels: int | None
    max_pixels: int | None
    """Bounds of the pixels per frame."""
    system_prompt: Utf8Text | None


class TuningData(Record):
    """The training data: its dataset, rows and classes."""

    digest: Utf8Text
    """SHA-256 of the dataset."""
    source: Literal["synthetic", "recordings"]
    rows: dict[Utf8Text, int]
    """Number of rows by condition, before balancing."""
    clips: int
    """Number of distinct clips."""
    seen_classes: Items[Utf8Text]
    unseen_classes: Items[Utf8Text]
    """Classes that training excludes."""


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
    """Total optimiser steps."""
    best_step: int
    """Step of the chosen checkpoint, whose weights are the adapter's."""
    parameters: int
    """Number of adapter parameters."""
    validation: ValidationAccuracies
    seconds: Number | None
    """Training time, excluding steps lost to interruptions; None if unknown."""
    machine: Utf8Text
    """The GPUs, or the processor and its threads."""


class TrainingDescription(Record):
    """state.json of a work folder: a training in progress, without its result."""

    config: RecordedConfig
    base: TunedBase
    dataset: Utf8Text
    """The dataset's Hub id, or the name of its folder."""
    dataset_built_by: Utf8Text | None = None
    """The command that builds the dataset; None if it came from the Hub."""
    data: TuningData
    processes: int = 1
    """Number of distributed processes."""
    versions: dict[Utf8Text, Utf8Text]
    """Versions of mma-bench and of each library, by name."""


class TrainingRecord(TrainingDescription):
    """training.json: the complete training record of an adapter."""

    result: TrainingResult


class ScoredCell(Record):
    """Accuracy of the base and the tuned model on the same questions, 0 to 1; unanswered questions count as wrong."""

    classes: Literal["all", "seen", "unseen"]
    """The rows compared: all, those whose classes were all seen in training, or those with only unseen classes."""
    condition: Utf8Text
    prompt: Utf8Text
    variant: Utf8Text
    n: int
    """Number of questions."""
    base: Number
    tuned: Number
    tuned_interval: Interval
    """95 % Wilson interval of `tuned`."""
    difference: Number
    """`tuned` minus `base`."""
    interval: Interval
    """95 % bootstrap interval of `difference`; clips are the resampling unit."""
    p: Utf8Text
    """Formatted p-value of McNemar's exact test; `-` if it does not apply."""


class Unanswered(Record):
    """Number of unanswered questions by model."""

    base: int
    tuned: int


class AdapterScores(Record):
    """scores.json: the test accuracy of an adapter and its base."""

    dataset_digest: Utf8Text
    source: Utf8Text
    """`synthetic` or `recordings`."""
    split: Utf8Text
    clips: int
    """Number of distinct clips."""
    partial: bool
    """True if only part of the split was evaluated."""
    unanswered: Unanswered | None = None
    """None in files written before this field existed."""
    cells: Items[ScoredCell]
    pairs: dict[Literal["base", "tuned"], Items[MetricsPair]]
    """The `pairs` field of each run's metrics.json."""


def read_training(adapter: Path) -> TrainingRecord:
    """Read the training.json of an adapter's folder; raise TrainingError if it is missing or malformed."""
    try:
        return read_record(adapter / TRAINING, TrainingRecord, made_by=_MADE_BY, error=TrainingError)
    except FileNotFoundError as error:
        raise TrainingError(f"{adapter}: {TRAINING} is missing; expected output of `{_MADE_BY}`") from error


def write_training(path: Path, record: TrainingDescription) -> None:
    """Write a state.json or a training.json; raise StorageError if the disk is full or read-only."""
    write_text(path, json.dumps(record.as_json(), indent=1) + "\n")


def read_scores(adapter: Path) -> AdapterScores | None:
    """Read an adapter's scores.json, None if it does not exist; raise TrainingError if it is malformed."""
    try:
        return read_record(adapter / SCORES, AdapterScores, made_by="mma-bench adapter-card", error=TrainingError)
    except FileNotFoundError:
        return None
