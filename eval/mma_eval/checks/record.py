"""run.json of a check: which model was asked what about the clips of a manifest."""

from __future__ import annotations

from mma_bench.core.records import Record
from mma_eval.run.record import ProvenanceRecord


class CheckSelection(Record):
    """What decides which questions are asked."""

    seed: int
    """Draws the wrong classes."""


class CheckRun(ProvenanceRecord):
    """run.json of `mma-bench check`."""

    selection: CheckSelection
