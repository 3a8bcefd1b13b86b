"""How a run stands; what the live table shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mma_eval.models.cost import Estimate
from mma_eval.run.asking import Clock
from mma_eval.run.prediction import Prediction


@dataclass
class Progress:
    """Counts of a run that goes on."""

    questions: int
    answered: int
    """With those of earlier runs."""
    clock: Clock
    spent: float = 0.0
    """US dollars, earlier runs included."""
    estimate: Estimate | None = None


Watch = Callable[[Progress, list[Prediction]], None]
"""Called after each clip with what was just written down; first with what was there."""
