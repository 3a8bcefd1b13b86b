"""The folder of a run: begun, found to be the same, or emptied."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_bench.errors import OptionsError
from mma_eval.options import SHARDS
from mma_eval.provenance import RUN, RunError, differences, read_run, write_run
from mma_eval.scoring import METRICS
from mma_eval.store import PREDICTIONS


def open_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Begin a run, or see that the one that is there is the same.

    Args:
        folder: of the run.
        run: the content of run.json.

    Raises:
        OptionsError: another run is there.
        RunError: answers are there, and nothing says whose.
    """
    if not (folder / PREDICTIONS).exists() or not (folder / PREDICTIONS).stat().st_size:
        write_run(folder, run)  # also where a run never got as far as an answer
        return
    if not (folder / RUN).exists():
        raise RunError(f"{folder}: {PREDICTIONS} without {RUN}; give --overwrite to begin anew, or another --out")
    there = read_run(folder)
    found = differences(run, there) + differences(run, there, ("selection",))
    if found:
        raise OptionsError(
            f"{folder} holds another run:\n  "
            + "\n  ".join(found)
            + "\nGive --overwrite to begin anew, or another --out"
        )


def remove_run(folder: Path) -> None:
    """Delete what a run leaves in its folder, and nothing else."""
    for name in (RUN, PREDICTIONS, METRICS):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / SHARDS, ignore_errors=True)
