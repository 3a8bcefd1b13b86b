"""The folder of a run: begun, found to be the same, or emptied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_bench.core.files import remove
from mma_bench.core.workfolder import WorkFolder
from mma_eval.run.options import SHARDS
from mma_eval.run.provenance import COMPARABILITY_KEYS, RUN, RunError, read_run, write_run
from mma_eval.run.recording import RECORDED, RECORDS
from mma_eval.run.store import PREDICTIONS
from mma_eval.scoring.scores import METRICS


def open_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Begin a run, or see that the one that is there is the same.

    Args:
        folder: of the run.
        run: the content of run.json.

    Raises:
        OptionsError: another run is there.
        RunError: answers are there, and nothing says whose.
        StorageError: what another run kept there cannot be deleted.
    """
    if not (folder / PREDICTIONS).exists() or not (folder / PREDICTIONS).stat().st_size:
        # A run may have kept something of answers and been killed before it wrote the first one down.
        _remove_records(folder)
        write_run(folder, run)
        return
    if not (folder / RUN).exists():
        raise RunError(f"{folder}: {PREDICTIONS} without {RUN}; give --overwrite to begin anew, or another --out")
    sections = (*COMPARABILITY_KEYS, "selection", RECORDED)
    WorkFolder(folder, "mma-bench eval", RUN).require_same(run, read_run(folder), what="a run", sections=sections)


def remove_run(folder: Path) -> None:
    """Delete what a run leaves in its folder, and nothing else.

    In this order, so that one which is killed in between leaves no answers of one run beside what another kept of its
    own: without answers a run begins anew, with them and without their records it says so.

    Raises:
        StorageError: something cannot be deleted.
    """
    _remove_records(folder)
    for name in (SHARDS, METRICS, PREDICTIONS, RUN):
        remove(folder / name)


def _remove_records(folder: Path) -> None:
    for name in RECORDS:
        remove(folder / name)
