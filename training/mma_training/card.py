"""The adapter's card: what it is of, how it was made, what it scores; filled from files, never by hand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mma_bench.files import write_text
from mma_cards import render_card
from mma_training.validation import CELLS

SCORES = "scores.json"


def write_card(folder: Path, record: Mapping[str, Any]) -> Path:
    """Write the README.md of an adapter.

    Args:
        folder: with scores.json where it was evaluated.
        record: its training.json.
    """
    scores = folder / SCORES
    known = json.loads(scores.read_text(encoding="utf-8")) if scores.exists() else None
    header = yaml.safe_dump(_metadata(record), sort_keys=False, allow_unicode=True)
    fields = {"name": folder.resolve().name, "t": record, "scores": known, "cells": CELLS, "flags": eval_flags(record)}
    text = render_card("adapter", fields)
    path = folder / "README.md"
    write_text(path, f"---\n{header}---\n{text}")
    return path


def eval_flags(record: Mapping[str, Any]) -> str:
    """What `mma-bench eval` must be told, so that a clip is taken in as in the tuning."""
    given = record["config"]["base"]
    names = ("revision", "fps", "min_pixels", "max_pixels", "system_prompt")
    return "".join(f" --{n.replace('_', '-')} {shlex.quote(str(given[n]))}" for n in names if given[n] is not None)


def _metadata(record: Mapping[str, Any]) -> dict[str, Any]:
    dataset = record["dataset"]
    return {
        "library_name": "peft",
        "base_model": record["base"]["name"],
        **({"datasets": [dataset]} if "/" in dataset else {}),
        "pipeline_tag": "any-to-any",
        "tags": ["lora", "multimodal", "audio-visual", "mma-bench"],
    }
