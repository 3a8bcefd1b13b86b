"""What an interrupted training leaves: that depends on whether there was a checkpoint."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from mma_training.train.checkpoints import whole_checkpoints


class _Interrupted(BaseException):
    """Ctrl-C, or a scheduler's end."""


@contextmanager
def interruption_explained(work: Path) -> Iterator[None]:
    """Where the training is interrupted, say what the same command will do, and exit with 128 and the signal.

    Args:
        work: where the checkpoints are.
    """
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Interrupted as interrupted:
        if os.environ.get("RANK", "0") == "0":  # one of several processes speaks
            typer.secho(_said(work), err=True)
        sys.exit(128 + interrupted.args[0])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(signum: int, frame: object) -> None:
    raise _Interrupted(signum)


def _said(work: Path) -> str:
    whole = whole_checkpoints(work)
    if whole:
        return f"interrupted; the same command goes on from {whole[-1]}"
    return "interrupted before the first checkpoint; the same command begins again with the first step"
