"""Score predictions and write metrics.json. Only predictions are read: any model's JSONL can be scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mma_bench.core.errors import OptionsError
from mma_eval.run.folder import METRICS, SHARDS
from mma_eval.run.merging import merge_parts, merge_runs
from mma_eval.run.record import RUN, RunError, RunRecord, read_run
from mma_eval.run.store import PREDICTIONS, PredictionsError, read_predictions
from mma_eval.scoring.metrics import Metrics, load_metrics, metrics_of, write_metrics


def score_run(folder: Path, run: RunRecord | None = None) -> Metrics:
    """Score the predictions of a run folder and write its metrics.json.

    Args:
        folder: the run folder.
        run: its run.json, where that was read already.

    Raises:
        PredictionsError: predictions.jsonl cannot be read or scored.
        RunError: there is no prediction, or no run.json.
    """
    run = run or read_run(folder)
    metrics = score_predictions(folder / PREDICTIONS).of_run(run)
    write_metrics(folder / METRICS, metrics)
    return metrics


def read_metrics(folder: Path, run: RunRecord | None = None) -> Metrics:
    """Read the metrics.json of a run folder; scored again where it is missing or older than the predictions.

    Args:
        folder: the run folder.
        run: its run.json, where that was read already.

    Raises:
        RunError: it is not a run folder, or its metrics.json holds something else.
    """
    path, predictions = folder / METRICS, folder / PREDICTIONS
    if not (folder / RUN).is_file() or not predictions.is_file():
        raise RunError(f"{folder}: expected a folder with {RUN} and {PREDICTIONS}, as `mma-bench eval` writes it")
    if not path.is_file() or path.stat().st_mtime_ns < predictions.stat().st_mtime_ns:
        return score_run(folder, run)
    return load_metrics(path)


def score_predictions(path: Path) -> Metrics:
    """Score a file of predictions of any model, without what only a run tells.

    Raises:
        PredictionsError: it cannot be read or scored.
        RunError: it holds no prediction.
    """
    predictions = list(read_predictions(path).values())
    if not predictions:
        raise RunError(f"{path}: no predictions; run `mma-bench eval` first")
    try:
        return metrics_of(predictions)
    except ValueError as error:
        raise PredictionsError(f"{path}: {error}") from error


def score_paths(what: Sequence[Path], out: Path | None = None) -> tuple[Metrics, Path]:
    """Score a file, a run folder with or without parts, or several runs together, as `mma-bench score` does.

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
        return score_run(out, merge_runs(what, out)), out / METRICS
    only = what[0]
    if only.is_dir():
        if out is not None:
            raise OptionsError(f"--out {out}: the scores of {only} are written into it; leave --out away")
        run = None
        if (only / SHARDS).is_dir() and (run := merge_parts(only)) is None:
            raise RunError(f"{only / SHARDS}: parts are missing or incomplete; run them first")
        return score_run(only, run), only / METRICS
    metrics, path = score_predictions(only), out or only.with_name(METRICS)
    write_metrics(path, metrics)
    return metrics, path
