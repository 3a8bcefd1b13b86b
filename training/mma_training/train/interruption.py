"""What an interrupted training leaves: that depends on whether there was a checkpoint."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from mma_bench.core.signals import Interrupted, raising_interrupted
from mma_training.train.checkpoints import whole_checkpoints


@contextmanager
def interruption_explained(work: Path) -> Iterator[None]:
    """Where the training is interrupted, say what the same command will do, and exit with 128 and the signal.

    Args:
        work: where the checkpoints are.
    """
    try:
        with raising_interrupted():
            yield
    except Interrupted as interrupted:
        if os.environ.get("RANK", "0") == "0":  # one of several processes speaks
            typer.secho(_said(work), err=True)
        sys.exit(interrupted.exit_code)


def _said(work: Path) -> str:
    whole = whole_checkpoints(work)
    if whole:
        return f"interrupted; the same command goes on from {whole[-1]}"
    return "interrupted before the first checkpoint; the same command begins again with the first step"
