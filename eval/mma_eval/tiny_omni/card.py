"""tiny-omni's card: how it was made and what it scores, filled from files, never by hand."""

from __future__ import annotations

import json
from pathlib import Path

from mma_bench.core.files import write_text
from mma_cards import render_card
from mma_eval.run.provenance import read_run
from mma_eval.scoring.scores import read_metrics

SCORES = "scores.json"


def write_card(folder: Path) -> Path:
    """Write the README.md of a folder with training.json and, where it was evaluated, scores.json."""
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    scores = folder / SCORES
    metrics = json.loads(scores.read_text(encoding="utf-8")) if scores.exists() else None
    header = (
        "---\nlicense: apache-2.0\nlibrary_name: transformers\npipeline_tag: any-to-any\n"
        "tags:\n- qwen2_5_omni\n- multimodal\n- audio-visual\n- mma-bench\n---\n"
    )
    path = folder / "README.md"
    write_text(path, header + render_card("tiny_omni", {"training": training, "metrics": metrics}))
    return path


def keep_scores(folder: Path, run: Path) -> Path:
    """Put a run's scores beside the weights and into their card.

    Raises:
        RunError: `run` is no run folder.
    """
    record, metrics = read_run(run), read_metrics(run)
    selection = record["selection"]
    kept = {
        "clips": max(cell["n"] for cell in metrics["cells"]),
        "command": f"mma-bench build --splits {selection['split']} --limit 1008 --seed 1; mma-bench eval",
        "dataset_digest": metrics["dataset_digest"],
        "cells": metrics["cells"],
        "pairs": metrics["pairs"],
    }
    write_text(folder / SCORES, json.dumps(kept, indent=1) + "\n")
    return write_card(folder)
