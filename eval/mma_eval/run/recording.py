"""Keeping more of a run's answers than what predictions.jsonl holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from mma_eval.model import Answer
from mma_eval.run.units import Unit

RECORDED = "recorded"
"""In run.json, what a run's recorder says of itself."""
ATTENTION = "attention"
"""Folder in a run folder: what `mma-bench attention` keeps."""
RECORDS = (ATTENTION,)
"""All folders of recorders. Whatever run begins anew deletes them, also one that records nothing: what another run left
there would be taken for its own."""


class Recorder(Protocol):
    """Told of every answer of a run, before it is written down: an answer in predictions.jsonl has its record."""

    def describe(self) -> Mapping[str, Any]:
        """What is kept, as JSON: part of run.json. A run that keeps something else, or nothing, is another run."""

    def record(self, folder: Path, unit: Unit, answers: Sequence[Answer]) -> None:
        """Keep what is wanted of the answers to a unit's questions, on the disk when it returns.

        Args:
            folder: of the run.
            unit: what was asked.
            answers: in the order of its questions. Some may be errors.
        """
