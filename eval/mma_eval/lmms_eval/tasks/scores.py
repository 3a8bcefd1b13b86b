"""An answer judged by the metric of MMA-Bench, and the rates of what answers were."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# `mma-bench export lmms-eval` puts the metric beside this file; lmms-eval loads the file by its path.
sys.path.append(str(Path(__file__).parent))

from mma_accuracy.outcomes import ABSENT, judge

_OUTCOMES = ("other_modality", "caption", "abstained", "error")
_LOGGED = ("id", "clip_id", "donor_id", "condition", "prompt", "reference", "other", "caption", "options")


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What an answer counts for in each metric, with the clip that the standard error is clustered by.

    An empty answer is how lmms-eval's models report that they failed: an error, which `accuracy_valid` leaves out. With
    --log_samples, what is under `accuracy` is written down: a line of predictions.jsonl.
    """
    (answer,) = results
    judged = judge(
        answer,
        doc["options"],
        reference=doc["reference"],
        other=doc["other"],
        caption=doc["caption"],
        absent=(doc["condition"], doc["prompt"]) in ABSENT,
    )
    clip = {"clip_id": doc["clip_id"]}
    right = {"score": int(judged.right)} | clip
    return {
        "accuracy": right | {name: doc[name] for name in _LOGGED} | {"answer": answer},
        "accuracy_valid": clip if judged.outcome == "error" else right,
        **{name: {"score": int(judged.outcome == name)} | clip for name in _OUTCOMES},
    }


def mean(items: Sequence[Mapping[str, Any]]) -> float:
    """Of those that have a score; not a number where none has."""
    scores = [item["score"] for item in items if "score" in item]
    return sum(scores) / len(scores) if scores else float("nan")
