"""The adapter's card: what it is of, how it was made, what it scores; filled from files, never by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mma_bench.core.files import write_text
from mma_bench.core.repo_id import with_revision
from mma_cards import render_card
from mma_training.adapter.usage import usage_of
from mma_training.train.validation import CELLS

SCORES = "scores.json"


def write_card(folder: Path, record: Mapping[str, Any]) -> Path:
    """Write the README.md of an adapter; arguments as of `card_of`."""
    path = folder / "README.md"
    write_text(path, card_of(folder, record))
    return path


def card_of(folder: Path, record: Mapping[str, Any], hub_id: str | None = None) -> str:
    """The README.md of an adapter.

    Args:
        folder: with the adapter's config.yaml and adapter_config.json, and scores.json where it was evaluated.
        record: its training.json.
        hub_id: where it is published, or will be; None: it is used from its folder.
    """
    scores = folder / SCORES
    known = json.loads(scores.read_text(encoding="utf-8")) if scores.exists() else None
    header = yaml.safe_dump(_metadata(record), sort_keys=False, allow_unicode=True)
    fields = {
        "name": hub_id.split("/")[1] if hub_id else folder.resolve().name,
        "t": record,
        "scores": known,
        "cells": CELLS,
        "use": usage_of(folder, record, hub_id),
    }
    return f"---\n{header}---\n{render_card('adapter', fields)}"


_APACHE = ("tiny-omni", "Qwen/Qwen2.5-Omni-7B", "Qwen/Qwen3-Omni-30B-A3B-Instruct", "Qwen/Qwen3-Omni-30B-A3B-Thinking")
"""Bases of which that is known; adapters are under their base's licence."""


def _licence(base: str) -> dict[str, str]:
    if base in _APACHE:
        return {"license": "apache-2.0"}
    return {"license": "other", "license_name": "that-of-the-base", "license_link": f"https://huggingface.co/{base}"}


def _metadata(record: Mapping[str, Any]) -> dict[str, Any]:
    base, dataset = record["base"]["name"], record["dataset"]
    return {
        **_licence(base),
        "library_name": "peft",
        **({"base_model": base} if "/" in base else {}),  # the Hub knows its own ids alone
        **({"datasets": [with_revision(dataset)[0]]} if "/" in dataset else {}),
        "pipeline_tag": "any-to-any",
        "tags": ["lora", "multimodal", "audio-visual", "mma-bench"],
    }
