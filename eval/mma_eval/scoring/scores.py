"""Score run folders and predictions files, and write their metrics.json."""

from collections.abc import Sequence
from pathlib import Path

from mma_bench.core.errors import OptionsError
from mma_bench.core.records import read_record, write_record
from mma_eval.run.folder import METRICS, SHARDS
from mma_eval.run.merging import merge_parts, merge_runs
from mma_eval.run.record import RUN, RunError, RunRecord, read_run
from mma_eval.run.store import PREDICTIONS, PredictionsError, read_predictions
from mma_eval.scoring.metrics import Metrics, metrics_of


def score_run(folder: Path, run: RunRecord | None = None) -> Metrics:
    """Score the predictions of a run folder and write its metrics.json; `run` is its run.json, if already read.

    Raises:
        PredictionsError: predictions.jsonl cannot be read or scored.
        RunError: there are no predictions, or no run.json.
    """
    run = run or read_run(folder)
    metrics = score_predictions(folder / PREDICTIONS).of_run(run)
    write_record(folder / METRICS, metrics)
    return metrics


def read_metrics(folder: Path, run: RunRecord | None = None) -> Metrics:
    """Read the metrics.json of a run folder; rescore the run if that file is missing or older than the predictions.

    Raises:
        RunError: the folder is not a run folder, or its metrics.json is invalid.
    """
    path, predictions = folder / METRICS, folder / PREDICTIONS
    if not (folder / RUN).is_file() or not predictions.is_file():
        raise RunError(f"{folder}: not a run folder; expected {RUN} and {PREDICTIONS}, as written by `mma-bench eval`")
    if not path.is_file() or path.stat().st_mtime_ns < predictions.stat().st_mtime_ns:
        return score_run(folder, run)
    return read_record(path, Metrics, made_by="mma-bench score", error=RunError)


def score_predictions(path: Path) -> Metrics:
    """Score a predictions file of any model; metrics that need a run.json are None.

    Raises:
        PredictionsError: the file cannot be read or scored.
        RunError: the file contains no predictions.
    """
    predictions = list(read_predictions(path).values())
    if not predictions:
        raise RunError(f"{path}: no predictions; run `mma-bench eval` first")
    try:
        return metrics_of(predictions)
    except ValueError as error:
        raise PredictionsError(f"{path}: {error}") from error


def score_paths(what: Sequence[Path], out: Path | None = None) -> tuple[Metrics, Path]:
    """Score one predictions file, one run folder, or several run folders together, as `mma-bench score` does.

    Args:
        what: the inputs.
        out: for several runs, the folder of the merged run; for a file, the metrics.json, by default beside the file.

    Returns:
        The metrics and the path of their metrics.json.

    Raises:
        MMABenchError: an input cannot be read, or the runs are not comparable.
    """
    if len(what) > 1:
        if out is None:
            raise OptionsError("--out is missing; give a folder for the merged run")
        return score_run(out, merge_runs(what, out)), out / METRICS
    only = what[0]
    if only.is_dir():
        if out is not None:
            raise OptionsError(f"--out {out}: not allowed for a run folder, whose scores stay in {only}; leave it out")
        run = None
        if (only / SHARDS).is_dir() and (run := merge_parts(only)) is None:
            raise RunError(f"{only / SHARDS}: parts are missing or incomplete; run them first")
        return score_run(only, run), only / METRICS
    metrics, path = score_predictions(only), out or only.with_name(METRICS)
    write_record(path, metrics)
    return metrics, path
