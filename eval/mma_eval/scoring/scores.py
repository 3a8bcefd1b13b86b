"""From predictions to metrics.json. Reads predictions only: any model's JSONL can be scored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_accuracy.scoring import score
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text
from mma_eval.run.merging import merge_runs, merge_shards
from mma_eval.run.options import SHARDS
from mma_eval.run.prediction import Prediction
from mma_eval.run.provenance import RUN, RunError, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions

METRICS = "metrics.json"


def score_run(folder: Path) -> dict[str, Any]:
    """Score the predictions of a run folder and write its metrics.json.

    Raises:
        PredictionsError: predictions.jsonl cannot be read.
        RunError: it holds no prediction.
    """
    run = read_run(folder)
    metrics = metrics_of_run(run, score_predictions(folder / PREDICTIONS))
    write_text(folder / METRICS, json.dumps(metrics, indent=1, ensure_ascii=False) + "\n")
    return metrics


def metrics_of_run(run: Mapping[str, Any], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics of predictions with what only the run.json knows."""
    return dict(metrics) | {
        "dataset_digest": run["data"]["digest"],
        "source": run["data"]["source"],
        "partial": _is_partial(run, metrics),
    }


def _is_partial(run: Mapping[str, Any], metrics: Mapping[str, Any]) -> bool:
    """Whether questions of the dataset are missing: limited, one part of several, or interrupted."""
    answered = sum(cell["n"] for cell in metrics["cells"])
    interrupted = not run.get("merged") and answered < run.get("questions", 0)
    return bool(run["partial"] or run["selection"]["shard"] != [1, 1] or interrupted)


def read_metrics(folder: Path) -> dict[str, Any]:
    """The metrics.json of a run folder; made anew where it is missing or older than the predictions.

    Raises:
        RunError: it is no run folder.
    """
    path, predictions = folder / METRICS, folder / PREDICTIONS
    if not (folder / RUN).is_file() or not predictions.is_file():
        raise RunError(f"{folder}: expected a folder with {RUN} and {PREDICTIONS}, as `mma-bench eval` writes it")
    if not path.is_file() or path.stat().st_mtime_ns < predictions.stat().st_mtime_ns:
        return score_run(folder)
    metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return metrics


def score_predictions(path: Path) -> dict[str, Any]:
    """Score a file of predictions, whoever made it; the content of metrics.json without what only a run knows.

    Raises:
        PredictionsError: it cannot be read.
        RunError: it holds no prediction.
    """
    predictions = list(read_predictions(path).values())
    if not predictions:
        raise RunError(f"{path}: no predictions; run `mma-bench eval` first")
    return {"schema": 1, "dataset_digest": None, "source": None, "partial": None} | metrics_of(predictions)


def metrics_of(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Cells and pairs of predictions (design: metrics.json)."""
    result: Mapping[str, Any] = score(
        [p.answer for p in predictions],
        [p.reference for p in predictions],
        classes=[list(p.options) for p in predictions],
        other_references=[p.other for p in predictions],
        caption_references=[p.caption for p in predictions],
        conditions=[p.condition for p in predictions],
        prompts=[p.prompt for p in predictions],
        variants=[p.variant for p in predictions],
        clip_ids=[p.clip_id for p in predictions],
        errors=[p.error for p in predictions],
        pair_ids=[f"{p.id} {p.seed}" for p in predictions],
    )
    return {"cells": result["cells"], "pairs": result["pairs"]}


def score_paths(what: Sequence[Path], out: Path | None = None) -> tuple[dict[str, Any], Path]:
    """What `mma-bench score` does: score a file, a run folder with or without shards, or several runs together.

    Args:
        what: one predictions file, one run folder, or several run folders.
        out: for several runs the folder to write them to; for a file the metrics.json to write, by default beside it.

    Returns:
        The metrics, and where they were written.

    Raises:
        MMABenchError: something cannot be read, or the runs differ in what matters.
    """
    if len(what) > 1:
        if out is None:
            raise OptionsError("--out is missing: the folder to write the merged run to")
        merge_runs(what, out)
        return score_run(out), out / METRICS
    only = what[0]
    if only.is_dir():
        if out is not None:
            raise OptionsError(f"--out {out}: the scores of {only} are written into it; leave --out away")
        if (only / SHARDS).is_dir() and not merge_shards(only):
            raise RunError(f"{only / SHARDS}: not all parts are there and complete; run those that are missing")
        return score_run(only), only / METRICS
    metrics, path = score_predictions(only), out or only.with_name(METRICS)
    write_text(path, json.dumps(metrics, indent=1, ensure_ascii=False) + "\n")
    return metrics, path
