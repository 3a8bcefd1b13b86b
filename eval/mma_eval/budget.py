"""What a run may cost: an estimate before it begins, and an end where the money is spent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol, runtime_checkable

from mma_bench.errors import OptionsError
from mma_eval.asking import Answered
from mma_eval.model import Model
from mma_eval.models.cost import Estimate
from mma_eval.prediction import Key
from mma_eval.progress import Progress
from mma_eval.provenance import RunError
from mma_eval.units import Work


@runtime_checkable
class Priced(Protocol):
    """A model that may cost money."""

    paid: bool

    def estimate(self, clips: Iterator[object]) -> Estimate:
        """What questions about clips will take."""


def estimate_run(model: Model, work: Work, done: Collection[Key], max_cost: float | None) -> Estimate | None:
    """What the questions that are open will cost; None for a model that costs nothing.

    Raises:
        OptionsError: it costs money and no limit was given, or the estimate is above it.
    """
    if not isinstance(model, Priced) or not (model.paid or max_cost is not None):
        return None
    expected = model.estimate(work.outline(done))
    if not expected.requests:
        return expected
    if max_cost is None:
        raise OptionsError(
            f"this run will take {expected}. Say how much it may cost (--max-cost USD), or make it smaller (--limit)"
        )
    if expected.usd is None:
        raise OptionsError(f"this run will take {expected}; give --price IN,OUT, so that --max-cost can be kept")
    if expected.usd > max_cost:
        raise OptionsError(
            f"this run will take {expected}, more than --max-cost {max_cost:g}; allow more, or give --limit"
        )
    return expected


def until_spent(answered: Iterator[Answered], progress: Progress, max_cost: float | None) -> Iterator[Answered]:
    """Pass answers on, count what they cost, and end where it is too much.

    Raises:
        RunError: `max_cost` is spent.
    """
    for unit, answers in answered:
        progress.spent += sum(a.cost or 0.0 for a in answers)
        yield unit, answers
        if max_cost is not None and progress.spent >= max_cost:
            raise RunError(
                f"--max-cost {max_cost:g}: ${progress.spent:.2f} spent, {progress.answered} of {progress.questions} "
                "questions are answered and kept. The same command with more continues"
            )
