"""Records of an adapter's folder: training.json, what was trained on what, and scores.json, its test accuracy."""

from __future__ import annotations

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
"""Conditions and prompts of the validation sample; the best checkpoint has the highest mean accuracy (paper, 5.2)."""

_MADE_BY = "mma-bench train"

Family = Literal["qwen2_5_omni", "qwen3_omni_moe"]
"""transformers' model type of the bases that can be trained."""
Interval = Annotated[
    tuple[Number, Number],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]
"""A JSON list of two numbers."""


class RecordedBase(BaseSection, extra="allow"):
    """Section `base` of the configuration, without the model's name."""

    name: str = ""


class RecordedLora(LoraSection, extra="allow"):
    """Section `lora` of the configuration."""


class RecordedData(DataSection, extra="allow"):
    """Section `data` of the configuration, without the dataset's name."""


class RecordedValidation(ValidationSection, extra="allow"):
    """Section `validation` of the configuration."""


class RecordedOptimisation(OptimisationSection, extra="allow"):
    """Section `optimisation` of the configuration, without gradient checkpointing."""


class RecordedConfig(Record):
    """The configuration, without settings that do not change the weights."""

    base: RecordedBase
    lora: RecordedLora
    data: RecordedData
    validation: RecordedValidation
    optimisation: RecordedOptimisation


class TunedBase(Record):
    """The base model as it was loaded and as it preprocesses clips."""

    name: Utf8Text
    """A shipped name, a Hub id, or a folder."""
    family: Family
    revision: Utf8Text | None
    """Commit on the Hub, or a digest of the weights."""
    fps: Number | None
    """Frames per second."""
    size: Items[int] | None
    """Height and width of a frame in pixels, where the base takes one size only."""
    min_pixels: int | None
    """Fewest pixels of a frame."""
    max_pixels: int | None
    """Most pixels of a frame."""
    system_prompt: Utf8Text | None


class TuningData(Record):
    """The rows that were trained on."""

    digest: Utf8Text
    """SHA-256 of the dataset."""
    source: Literal["synthetic", "recordings"]
    rows: dict[Utf8Text, int]
    """Rows by condition, before any are repeated."""
    clips: int
    """Distinct clips."""
    seen_classes: Items[Utf8Text]
    """Classes that rows may have."""
    unseen_classes: Items[Utf8Text]
    """Classes that were excluded."""


class ValidationAccuracies(Record):
    """Accuracy of the chosen checkpoint on the validation sample, 0 to 1, by condition and prompt."""

    accuracy: Number
    """Mean of the other four."""
    aligned_visual: Number
    aligned_audio: Number
    misaligned_visual: Number
    misaligned_audio: Number


class TrainingResult(Record):
    """The outcome of a finished training."""

    steps: int
    """Optimiser steps in all."""
    best_step: int
    """The step of the chosen checkpoint."""
    parameters: int
    """Parameters of the adapter."""
    validation: ValidationAccuracies
    seconds: Number | None
    """Time of training without what interruptions undid; None where it is unknown."""
    machine: Utf8Text
    """Processor and threads, or the GPU, in words."""


class TrainingDescription(Record):
    """state.json of a work folder: a training that has no result yet."""

    config: RecordedConfig
    base: TunedBase
    dataset: Utf8Text
    """The dataset's Hub id, or the name of its folder."""
    dataset_built_by: Utf8Text | None = None
    """The command that builds the dataset; None if it came from the Hub."""
    data: TuningData
    processes: int = 1
    """Processes that trained together."""
    versions: dict[Utf8Text, Utf8Text]
    """Version of each library, and of mma-bench."""


class TrainingRecord(TrainingDescription):
    """training.json of an adapter."""

    result: TrainingResult


class ScoredCell(Record):
    """Accuracy of base and tuned model on the same questions, 0 to 1. An unanswered question counts as wrong."""

    classes: Literal["all", "seen", "unseen"]
    """The rows: all, those with only classes that were trained on, or those with none of them."""
    condition: Utf8Text
    prompt: Utf8Text
    variant: Utf8Text
    n: int
    """Questions."""
    base: Number
    """Accuracy of the base."""
    tuned: Number
    """Accuracy of the base with the adapter."""
    tuned_interval: Interval
    """95 % Wilson interval of `tuned`."""
    difference: Number
    """`tuned` less `base`."""
    interval: Interval
    """95 % bootstrap interval of `difference`, with clips resampled."""
    p: Utf8Text
    """McNemar's exact test, as it is printed."""


class Unanswered(Record):
    """Questions without an answer."""

    base: int
    tuned: int


class AdapterScores(Record):
    """scores.json of an adapter."""

    dataset_digest: Utf8Text
    """SHA-256 of the dataset."""
    source: Utf8Text
    """synthetic, or recordings."""
    split: Utf8Text
    clips: int
    """Distinct clips."""
    partial: bool
    """Only part of the split was asked about."""
    unanswered: Unanswered | None = None
    """None in files written before it was counted."""
    cells: Items[ScoredCell]
    pairs: dict[Literal["base", "tuned"], Items[MetricsPair]]
    """`pairs` of each run's metrics.json."""


def read_training(adapter: Path) -> TrainingRecord:
    """Read the training.json of an adapter's folder.

    Raises:
        TrainingError: there is none, or it is malformed.
    """
    try:
        return read_record(adapter / TRAINING, TrainingRecord, made_by=_MADE_BY, error=TrainingError)
    except FileNotFoundError as error:
        raise TrainingError(f"{adapter}: no {TRAINING}; expected a folder written by `{_MADE_BY}`") from error


def write_training(path: Path, record: TrainingDescription) -> None:
    """Write a state.json or a training.json.

    Raises:
        StorageError: the disk is full or read-only.
    """
    write_text(path, json.dumps(record.as_json(), indent=1) + "\n")


def read_scores(adapter: Path) -> AdapterScores | None:
    """Read the scores.json of an adapter's folder; None if it was not evaluated.

    Raises:
        TrainingError: it is malformed.
    """
    try:
        return read_record(adapter / SCORES, AdapterScores, made_by="mma-bench adapter-card", error=TrainingError)
    except FileNotFoundError:
        return None


def write_scores(adapter: Path, scores: AdapterScores) -> None:
    """Write the scores.json of an adapter's folder.

    Raises:
        StorageError: the disk is full or read-only.
    """
    write_text(adapter / SCORES, json.dumps(scores.as_json(), indent=1) + "\n")
