"""Progress of a run: counts, time and money, an estimate before it begins, and an end where the money is spent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from mma_bench.core.errors import OptionsError
from mma_eval.model import CostEstimate, Model
from mma_eval.run.asking import Answered, Clock
from mma_eval.run.plan import QuestionSource
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.run.record import RunError


@dataclass
class RunProgress:
    """State of a run while it asks."""

    questions: int
    answered: int = 0
    """Questions with an answer, those of earlier runs included."""
    clock: Clock = field(default_factory=Clock)
    spent: float = 0.0
    """US dollars, earlier runs included."""
    max_cost: float | None = None
    """US dollars at which the run ends."""
    estimate: CostEstimate | None = None
    """Expected cost, computed before the run began."""

    @property
    def is_spent(self) -> bool:
        """Whether no money is left for another clip."""
        return self.max_cost is not None and self.spent >= self.max_cost


Watch = Callable[[RunProgress, list[Prediction]], None]
"""Called after each clip with the answers just written; first with those of earlier runs."""


def estimate_run(
    model: Model, source: QuestionSource, done: Collection[Key], max_cost: float | None, *, spent: float = 0.0
) -> CostEstimate | None:
    """Estimate the cost of the open questions; None for a model that costs nothing.

    Args:
        model: the model to ask.
        source: its questions.
        done: questions that were answered.
        max_cost: US dollars for the whole run.
        spent: US dollars that earlier runs spent of them.

    Raises:
        OptionsError: the model costs money and no limit was given, or the estimate is above the limit.
    """
    if not model.paid and max_cost is None:
        return None
    expected = model.estimate(source.outline(done))
    if expected is None or not expected.requests:
        return expected
    if max_cost is None:
        raise OptionsError(
            f"this run will take {expected}. Set a limit (--max-cost USD"
            f"{' --price IN,OUT' if expected.usd is None else ''}), or make it smaller (--limit)"
        )
    if expected.usd is None:
        raise OptionsError(f"this run will take {expected}; give --price IN,OUT, so that --max-cost can be kept")
    if spent + expected.usd > max_cost:
        before = f" besides ${spent:.2f} already spent" if spent else ""
        raise OptionsError(
            f"this run will take {expected}{before}, more than --max-cost {max_cost:g}; allow more, or give --limit"
        )
    return expected


def until_spent(answered: Iterator[Answered], progress: RunProgress) -> Iterator[Answered]:
    """Pass answers on and add up their cost; clips under way when the money is spent are passed on too.

    Raises:
        RunError: the limit was reached; raised after the last answer.
    """
    for asked, answers in answered:
        progress.spent += sum(a.cost or 0.0 for a in answers)
        yield asked, answers
    if progress.is_spent:
        raise RunError(
            f"--max-cost {progress.max_cost:g}: ${progress.spent:.2f} spent, {progress.answered} of "
            f"{progress.questions} questions are answered and kept. The same command with more continues"
        )
