"""Checkpoints that are whole: the last thing written into one is a mark, and only marked ones are gone on from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from mma_bench.core.files import sync, write_text

MARK = "whole.json"
_PREFIX = "checkpoint-"


def work_folder(out: Path) -> Path:
    """Beside an adapter's folder: its checkpoints, its log so far, and features."""
    return out.with_name(f"{out.name}.work")


def mark_whole(checkpoint: Path, step: int, seconds: float | None) -> None:
    """See that everything of a checkpoint is on the disk, and say so.

    Args:
        checkpoint: its folder.
        step: after which it was made.
        seconds: of training that led to it, those before interruptions among them.
    """
    for file in checkpoint.rglob("*"):
        if file.is_file():
            sync(file)
    write_text(checkpoint / MARK, json.dumps({"step": step, "seconds": seconds}) + "\n")


def seconds_of(checkpoint: Path) -> float | None:
    """The training that led to a whole checkpoint; None where its mark does not say."""
    seconds: float | None = json.loads((checkpoint / MARK).read_text(encoding="utf-8")).get("seconds")
    return seconds


def whole_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a training that are whole, oldest first."""
    return [path for path in _checkpoints(folder) if (path / MARK).exists()]


def remove_broken(folder: Path) -> None:
    """Delete what a killed process had begun to write, or to delete."""
    for path in _checkpoints(folder):
        if not (path / MARK).exists():
            shutil.rmtree(path)


def remove_but(folder: Path, kept: Sequence[Path]) -> None:
    """Delete whole checkpoints that are no longer needed; the mark goes first."""
    for path in whole_checkpoints(folder):
        if path not in kept:
            (path / MARK).unlink()
            shutil.rmtree(path)


def _checkpoints(folder: Path) -> list[Path]:
    numbered = [(path, path.name.removeprefix(_PREFIX)) for path in folder.glob(f"{_PREFIX}*")]
    return [path for path, number in sorted(numbered, key=lambda found: int(found[1])) if number.isdigit()]
