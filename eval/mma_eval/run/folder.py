"""Create, resume or clear a run folder."""

from pathlib import Path

from mma_bench.core.files import remove
from mma_bench.core.workfolder import WorkFolder
from mma_eval.run.record import COMPARABILITY_KEYS, RUN, AnyRun, RunError, read_provenance, write_run
from mma_eval.run.store import PREDICTIONS

METRICS = "metrics.json"
SHARDS = "shards"
"""Subfolder for the parts of a divided run (`--shard`)."""
ATTENTION = "attention"
"""Subfolder for the recordings of `mma-bench attention`; a new run deletes it, so that it picks up no earlier data."""


def open_run(folder: Path, run: AnyRun) -> AnyRun:
    """Start a run, or check that the folder contains the same run; return its run.json.

    Raises:
        OptionsError: the folder contains a different run.
        RunError: the folder contains answers without a run.json.
        StorageError: recordings of an earlier run cannot be deleted.
    """
    if not (folder / PREDICTIONS).exists() or not (folder / PREDICTIONS).stat().st_size:
        remove(folder / ATTENTION)  # a run killed before its first answer may have left recordings
        write_run(folder, run)
        return run
    if not (folder / RUN).exists():
        raise RunError(f"{folder}: {PREDICTIONS} without {RUN}; give --overwrite to start over, or another --out")
    there = read_provenance(folder, type(run))
    WorkFolder(folder, "mma-bench eval", RUN).require_same(
        run.as_json(), there.as_json(), what="a run", sections=(*COMPARABILITY_KEYS, "selection", "recorded")
    )
    return there


def remove_run(folder: Path) -> None:
    """Delete the files of a run, and nothing else in its folder.

    Recordings are deleted first, so that an interruption leaves answers without recordings, which is detected, and
    never new answers beside old recordings.

    Raises:
        StorageError: a file cannot be deleted.
    """
    for name in (ATTENTION, SHARDS, METRICS, PREDICTIONS, RUN):
        remove(folder / name)
