"""The folder of a run: begun, found to be the same, or emptied."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import storage_error
from mma_eval.run.options import SHARDS
from mma_eval.run.provenance import RUN, RunError, read_run, run_differences, write_run
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
    there = read_run(folder)
    found = run_differences(run, there) + run_differences(run, there, ("selection", RECORDED))
    if found:
        raise OptionsError(
            f"{folder} holds another run:\n  "
            + "\n  ".join(found)
            + "\nGive --overwrite to begin anew, or another --out"
        )


def remove_run(folder: Path) -> None:
    """Delete what a run leaves in its folder, and nothing else.

    In this order, so that one which is killed in between leaves no answers of one run beside what another kept of its
    own: without answers a run begins anew, with them and without their records it says so.

    Raises:
        StorageError: something cannot be deleted.
    """
    _remove_records(folder)
    _remove_folder(folder / SHARDS)
    for name in (METRICS, PREDICTIONS, RUN):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(folder / name, error) from error


def _remove_records(folder: Path) -> None:
    for name in RECORDS:
        _remove_folder(folder / name)


def _remove_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(folder, error) from error
