"""The adapter's card: what it is of, how it was made, what it scores; filled from files, never by hand."""

from __future__ import annotations

import json
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
    header = yaml.safe_dump(_metadata(record, known), sort_keys=False, allow_unicode=True)
    text = render_card("adapter", {"name": folder.resolve().name, "t": record, "scores": known, "cells": CELLS})
    path = folder / "README.md"
    write_text(path, f"---\n{header}---\n{text}")
    return path


def _metadata(record: Mapping[str, Any], scores: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "library_name": "peft",
        "base_model": record["base"]["name"],
        "pipeline_tag": "any-to-any",
        "tags": ["lora", "multimodal", "audio-visual", "mma-bench"],
    }
