"""Track the progress of a run, estimate its cost in advance, and stop it when the budget is spent."""

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
    """Current state of a run."""

    questions: int
    answered: int = 0
    """Number of answered questions, including those of earlier runs."""
    clock: Clock = field(default_factory=Clock)
    spent: float = 0.0
    """US dollars, including earlier runs."""
    max_cost: float | None = None
    estimate: CostEstimate | None = None
    """Cost estimate from before the first question."""

    @property
    def is_spent(self) -> bool:
        """Whether the budget is spent."""
        return self.max_cost is not None and self.spent >= self.max_cost


Watch = Callable[[RunProgress, list[Prediction]], None]
"""Callback after each clip with the answers just written; the first call passes those of earlier runs."""


def estimate_run(
    model: Model, source: QuestionSource, done: Collection[Key], max_cost: float | None, *, spent: float = 0.0
) -> CostEstimate | None:
    """Estimate the cost of the open questions and check it against the budget; None for a free model.

    `max_cost` is the budget of the whole run, and `spent` what earlier runs spent of it, in US dollars.

    Raises:
        OptionsError: a paid model has no budget or no known price, or the estimate exceeds the budget.
    """
    if not model.paid and max_cost is None:
        return None
    expected = model.estimate(source.outline(done))
    if expected is None or not expected.requests:
        return expected
    if max_cost is None:
        raise OptionsError(
            f"this run will take {expected}. Set a budget (--max-cost USD"
            f"{' --price IN,OUT' if expected.usd is None else ''}), or ask about fewer clips (--limit)"
        )
    if expected.usd is None:
        raise OptionsError(f"this run will take {expected}; give --price IN,OUT, so that --max-cost can be enforced")
    if spent + expected.usd > max_cost:
        before = f" besides ${spent:.2f} already spent" if spent else ""
        raise OptionsError(
            f"this run will take {expected}{before}, more than --max-cost {max_cost:g}; raise --max-cost, or ask about "
            "fewer clips with --limit"
        )
    return expected


def until_spent(answered: Iterator[Answered], progress: RunProgress) -> Iterator[Answered]:
    """Yield the answers and add up their cost, including clips in progress when the budget is spent.

    Raises:
        RunError: the budget is spent; raised after the last answer.
    """
    for asked, answers in answered:
        progress.spent += sum(a.cost or 0.0 for a in answers)
        yield asked, answers
    if progress.is_spent:
        raise RunError(
            f"--max-cost {progress.max_cost:g}: budget spent (${progress.spent:.2f}); {progress.answered} of "
            f"{progress.questions} questions are answered. Run the same command with a higher --max-cost to continue"
        )
