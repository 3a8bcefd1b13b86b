"""What a run may cost: an estimate before it begins, and an end where the money is spent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol, runtime_checkable

from mma_bench.core.errors import OptionsError
from mma_eval.model import Model
from mma_eval.models.cost import Estimate
from mma_eval.run.asking import Answered
from mma_eval.run.prediction import Key
from mma_eval.run.progress import Progress
from mma_eval.run.provenance import RunError
from mma_eval.run.units import Askable


@runtime_checkable
class Priced(Protocol):
    """A model that may cost money."""

    paid: bool

    def estimate(self, clips: Iterator[object]) -> Estimate:
        """What questions about clips will take."""


def estimate_run(
    model: Model, work: Askable, done: Collection[Key], max_cost: float | None, *, spent: float = 0.0
) -> Estimate | None:
    """What the questions that are open will cost; None for a model that costs nothing.

    Args:
        model: that is to be asked.
        work: what there is to ask.
        done: what needs no asking.
        max_cost: US dollars for the whole run.
        spent: of them, by earlier runs.

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
            f"this run will take {expected}. Say how much it may cost (--max-cost USD"
            f"{' --price IN,OUT' if expected.usd is None else ''}), or make it smaller (--limit)"
        )
    if expected.usd is None:
        raise OptionsError(f"this run will take {expected}; give --price IN,OUT, so that --max-cost can be kept")
    if spent + expected.usd > max_cost:
        before = f" besides ${spent:.2f} that are spent" if spent else ""
        raise OptionsError(
            f"this run will take {expected}{before}, more than --max-cost {max_cost:g}; allow more, or give --limit"
        )
    return expected


def until_spent(answered: Iterator[Answered], progress: Progress, max_cost: float | None) -> Iterator[Answered]:
    """Pass answers on and count what they cost; what was under way when the money was spent is passed on too.

    Raises:
        RunError: `max_cost` is spent; after the last answer.
    """
    for unit, answers in answered:
        progress.spent += sum(a.cost or 0.0 for a in answers)
        yield unit, answers
    if is_spent(progress, max_cost):
        raise RunError(
            f"--max-cost {max_cost:g}: ${progress.spent:.2f} spent, {progress.answered} of {progress.questions} "
            "questions are answered and kept. The same command with more continues"
        )


def is_spent(progress: Progress, max_cost: float | None) -> bool:
    """Whether there is no money left for another clip."""
    return max_cost is not None and progress.spent >= max_cost
