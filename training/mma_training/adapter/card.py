"""Render an adapter's model card from the files in its folder."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import yaml

from mma_bench.core.records import Json, Record, Utf8Text, read_record
from mma_bench.core.repo_id import with_revision
from mma_cards import render_card
from mma_eval.models.checkpoints import ADAPTER_CONFIG
from mma_eval.resolve import WEIGHTS
from mma_training.adapter.record import VALIDATION_CELLS, Family, TrainingRecord, read_scores
from mma_training.config import SHIPPED, load_config
from mma_training.errors import TrainingError

RECIPE = "config.yaml"
"""File in an adapter's folder with its training configuration, which `mma-bench train` accepts."""
THINKERS: Mapping[Family, str] = {
    "qwen2_5_omni": "Qwen2_5OmniThinkerForConditionalGeneration",
    "qwen3_omni_moe": "Qwen3OmniMoeThinkerForConditionalGeneration",
}
"""Name of the thinker's class in transformers, by family; strings, since importing the classes takes seconds."""
_APACHE = ("tiny-omni", "Qwen/Qwen2.5-Omni-7B", "Qwen/Qwen3-Omni-30B-A3B-Instruct", "Qwen/Qwen3-Omni-30B-A3B-Thinking")
"""Base models under the Apache licence, which their adapters inherit."""


class _PeftConfig(Record):
    base_model_name_or_path: Utf8Text


def card_of(folder: Path, record: TrainingRecord, hub_id: str | None = None) -> str:
    """Render the README.md of an adapter.

    Args:
        folder: the adapter's folder, with config.yaml, adapter_config.json and, if evaluated, scores.json.
        record: content of the adapter's training.json.
        hub_id: Hub id for the usage examples; None uses the folder's path instead.

    Raises:
        TrainingError: adapter_config.json is missing or malformed.
        ConfigError: config.yaml is missing or malformed.
    """
    scores = read_scores(folder)
    header = yaml.safe_dump(_metadata(record), sort_keys=False, allow_unicode=True)
    fields = {
        "name": hub_id.split("/")[1] if hub_id else folder.resolve().name,
        "t": record.model_dump(),
        "scores": scores.as_json() if scores else None,
        "cells": VALIDATION_CELLS,
        "use": _usage(folder, record, hub_id),
    }
    return f"---\n{header}---\n{render_card('adapter', fields)}"


def _usage(folder: Path, record: TrainingRecord, hub_id: str | None) -> dict[str, str | bool]:
    """Collect the names, paths and options in the card's usage examples."""
    base = base_name(folder)
    adapter_ships = hub_id is None and folder.resolve().parent == WEIGHTS
    return {
        "adapter": hub_id or (folder.resolve().name if adapter_ships else _shown_path(folder)),
        "published": hub_id is not None,
        "adapter_ships": adapter_ships,
        "base": _shown_path(Path(base)) if Path(base).is_dir() else base,
        "base_ships": not Path(base).exists() and "/" not in base and (WEIGHTS / base).is_dir(),
        "thinker": THINKERS[record.base.family],
        "flags": eval_flags(record),
        "recipe": _recipe(folder, RECIPE if hub_id else f"{_shown_path(folder)}/{RECIPE}"),
    }


def base_name(folder: Path) -> str:
    """Read the base model's name from adapter_config.json; raise TrainingError if it is missing or malformed."""
    try:
        found = read_record(folder / ADAPTER_CONFIG, _PeftConfig, made_by="mma-bench train", error=TrainingError)
    except FileNotFoundError as error:
        raise TrainingError(f"{folder}: no {ADAPTER_CONFIG}; expected a folder written by `mma-bench train`") from error
    return found.base_model_name_or_path


def eval_flags(record: TrainingRecord) -> str:
    """Return the `mma-bench eval` options that reproduce the training's preprocessing, each after a space."""
    names = ("revision", "fps", "min_pixels", "max_pixels", "system_prompt")
    given = {name: getattr(record.config.base, name) for name in names}
    return "".join(f" --{n.replace('_', '-')} {shlex.quote(str(v))}" for n, v in given.items() if v is not None)


def _shown_path(folder: Path) -> str:
    """Return the path relative to the working directory, or only the folder's name if it is outside."""
    whole = folder.resolve()
    return str(whole.relative_to(Path.cwd())) if Path.cwd() in whole.parents else whole.name


def _recipe(folder: Path, own: str) -> str:
    """Return `mma-bench train` arguments: the shipped configuration that equals config.yaml, or the path `own`."""
    given = load_config(folder / RECIPE)
    for name in SHIPPED:
        if load_config(name, [f"data.name={json.dumps(given.data.name)}"]) == given:
            return f"{name} --data {shlex.quote(given.data.name)}"
    return shlex.quote(own)


def _metadata(record: TrainingRecord) -> dict[str, Json]:
    base, dataset = record.base.name, record.dataset
    other = {"license": "other", "license_name": "that-of-the-base", "license_link": f"https://huggingface.co/{base}"}
    return {
        **({"license": "apache-2.0"} if base in _APACHE else other),
        "library_name": "peft",
        **({"base_model": base} if "/" in base else {}),  # the Hub accepts only its own ids
        **({"datasets": [with_revision(dataset)[0]]} if "/" in dataset else {}),
        "pipeline_tag": "any-to-any",
        "tags": ["lora", "multimodal", "audio-visual", "mma-bench"],
    }
