"""Mark, list and prune checkpoints, and report why training stopped.

The mark is the last file written to a checkpoint; training resumes only from marked checkpoints.
"""

import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from mma_bench.core.errors import first_line
from mma_bench.core.files import sync, write_text
from mma_bench.core.records import Number, Record, read_record
from mma_bench.core.signals import Interrupted, raising_interrupted
from mma_training.errors import TrainingError

MARK = "whole.json"
_PREFIX = "checkpoint-"


class CheckpointMark(Record):
    """Content of whole.json, the file that marks a checkpoint as complete."""

    step: int
    """Number of optimiser steps up to the checkpoint."""
    seconds: Number | None = None
    """Training time up to the checkpoint, excluding steps lost to interruptions; None if unknown."""


def work_folder(out: Path) -> Path:
    """Return the folder for checkpoints, log and features, which is beside the adapter's folder `out`."""
    return out.with_name(f"{out.name}.work")


def mark_complete(checkpoint: Path, step: int, seconds: float | None) -> None:
    """Sync all files of a checkpoint to disk, then mark it as complete; arguments as in `CheckpointMark`."""
    for file in checkpoint.rglob("*"):
        if file.is_file():
            sync(file)
    mark = CheckpointMark(step=step, seconds=seconds)
    write_text(checkpoint / MARK, json.dumps(mark.as_json()) + "\n")


def seconds_until(checkpoint: Path) -> float | None:
    """Read the training time up to a complete checkpoint; None if not recorded."""
    return read_record(checkpoint / MARK, CheckpointMark, made_by="mma-bench train", error=TrainingError).seconds


def complete_checkpoints(work: Path) -> list[Path]:
    """List the complete checkpoints of a training, oldest first."""
    return [path for path in _checkpoints(work) if (path / MARK).exists()]


def remove_incomplete(work: Path) -> None:
    """Delete unmarked checkpoints, left by a process that was killed while writing or deleting them."""
    for path in _checkpoints(work):
        if not (path / MARK).exists():
            shutil.rmtree(path)


def remove_except(work: Path, kept: Sequence[Path]) -> None:
    """Delete all complete checkpoints except those in `kept`; delete the mark of each first."""
    for path in complete_checkpoints(work):
        if path not in kept:
            (path / MARK).unlink()
            shutil.rmtree(path)


def _checkpoints(work: Path) -> list[Path]:
    numbered = {path.name.removeprefix(_PREFIX): path for path in work.glob(f"{_PREFIX}*")}
    return [numbered[number] for number in sorted(filter(str.isdigit, numbered), key=int)]


def last_good(work: Path) -> str:
    """Return a clause for error messages that names the last complete checkpoint."""
    complete = complete_checkpoints(work)
    return f"the last good checkpoint is {complete[-1]}" if complete else "there is no checkpoint yet"


@contextmanager
def explained_interruption(work: Path) -> Iterator[None]:
    """On SIGINT or SIGTERM, print from which checkpoint training resumes, and exit with 128 plus the signal number."""
    try:
        with raising_interrupted():
            yield
    except Interrupted as interrupted:
        if os.environ.get("RANK", "0") == "0":  # only one of several processes prints
            message = "interrupted before the first checkpoint; the same command begins again with the first step"
            if complete := complete_checkpoints(work):
                message = f"interrupted; the same command goes on from {complete[-1]}"
            typer.secho(message, err=True)
        sys.exit(interrupted.exit_code)


@contextmanager
def explained_out_of_memory(work: Path) -> Iterator[None]:
    """Convert out-of-memory errors into a TrainingError that says which settings to change."""
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if not _is_out_of_memory(error):
            raise
        raise TrainingError(
            f"out of memory ({first_line(error)}); {last_good(work)}. To continue, set "
            "optimisation.gradient_checkpointing to true and run the command again; or start over in another --out "
            "with a lower optimisation.batch and a higher optimisation.accumulation"
        ) from error


def _is_out_of_memory(error: BaseException) -> bool:
    """Return True if the device or the machine ran out of memory, also when mapping a file or starting a thread."""
    from accelerate.utils.memory import should_reduce_batch_size

    text = str(error)
    return (
        isinstance(error, MemoryError)
        or should_reduce_batch_size(error)
        or os.strerror(errno.ENOMEM) in text
        or "can't start new thread" in text
    )
