"""The folder of a run: begin it, continue it if it is the same run, or empty it."""

from __future__ import annotations

from pathlib import Path

from mma_bench.core.files import remove
from mma_bench.core.workfolder import WorkFolder
from mma_eval.run.record import COMPARABILITY_KEYS, RUN, AnyRun, RunError, read_provenance, write_run
from mma_eval.run.store import PREDICTIONS

METRICS = "metrics.json"
SHARDS = "shards"
"""Folder in a run folder: parts that ran on their own (`--shard`)."""
ATTENTION = "attention"
"""Folder in a run folder: recordings of `mma-bench attention`."""
RECORDINGS = (ATTENTION,)
"""All folders of recorders. Every run that begins anew deletes them, so that none takes another's for its own."""


def open_run(folder: Path, run: AnyRun) -> AnyRun:
    """Begin a run, or check that the run in the folder is the same; return its run.json.

    Raises:
        OptionsError: the folder holds another run.
        RunError: the folder holds answers without a run.json.
        StorageError: recordings of another run cannot be deleted.
    """
    if not (folder / PREDICTIONS).exists() or not (folder / PREDICTIONS).stat().st_size:
        # A run may have recorded something and been killed before it wrote its first answer down.
        _remove_recordings(folder)
        write_run(folder, run)
        return run
    if not (folder / RUN).exists():
        raise RunError(f"{folder}: {PREDICTIONS} without {RUN}; give --overwrite to begin anew, or another --out")
    there = read_provenance(folder, type(run))
    WorkFolder(folder, "mma-bench eval", RUN).require_same(
        run.as_json(), there.as_json(), what="a run", sections=(*COMPARABILITY_KEYS, "selection", "recorded")
    )
    return there


def remove_run(folder: Path) -> None:
    """Delete the files of a run, and nothing else in its folder.

    Recordings go first, so that a kill in between never leaves the answers of one run beside the recordings of
    another: answers without their recordings are noticed.

    Raises:
        StorageError: something cannot be deleted.
    """
    _remove_recordings(folder)
    for name in (SHARDS, METRICS, PREDICTIONS, RUN):
        remove(folder / name)


def _remove_recordings(folder: Path) -> None:
    for name in RECORDINGS:
        remove(folder / name)
