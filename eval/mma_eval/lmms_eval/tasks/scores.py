"""Judge answers by the metric of MMA-Bench, and average the outcomes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# `mma-bench export lmms-eval` puts the metric beside this file; lmms-eval loads the file by its path.
sys.path.append(str(Path(__file__).parent))

from mma_accuracy.outcomes import ABSENT, judge

_OUTCOMES = ("other_modality", "caption", "abstained", "error")
_FAILED = {"answer": None, "error": "an empty answer, by which models of lmms-eval report a failure"}
_LOGGED = ("id", "clip_id", "donor_id", "condition", "prompt", "reference", "other", "caption", "options")


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Score an answer in each metric, with the clip by which the standard error is clustered.

    Models of lmms-eval report a failure as an empty answer; it counts as an error, which `accuracy_valid` leaves out.
    With --log_samples, the value of `accuracy` is logged: a line of predictions.jsonl.
    """
    (answer,) = results
    judged = judge(
        answer or None,
        doc["options"],
        reference=doc["reference"],
        other=doc["other"],
        caption=doc["caption"],
        absent=(doc["condition"], doc["prompt"]) in ABSENT,
        prompt=doc["prompt"],
    )
    clip = {"clip_id": doc["clip_id"]}
    right = {"score": int(judged.right)} | clip
    return {
        "accuracy": right | {name: doc[name] for name in _LOGGED} | ({"answer": answer} if answer else _FAILED),
        "accuracy_valid": clip if judged.outcome == "error" else right,
        **{name: {"score": int(judged.outcome == name)} | clip for name in _OUTCOMES},
    }


def mean(items: Sequence[Mapping[str, Any]]) -> float:
    """Average the items that have a score; NaN if none has."""
    scores = [item["score"] for item in items if "score" in item]
    return sum(scores) / len(scores) if scores else float("nan")
