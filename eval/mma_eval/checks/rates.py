"""How often a judge says yes to the classes that clips have, and to classes that they do not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mma_accuracy.intervals import wilson_interval
from mma_bench.verification.checks_file import CHECKS, Check, CheckAnswer, CheckedClip
from mma_eval.scoring.statistics import clustered_interval


@dataclass(frozen=True)
class YesRate:
    """How often the answer to one question was yes."""

    yes: int
    no: int
    unclear: int
    """Neither yes nor no: not counted in the rate, for it says nothing of what the judge takes for there."""
    errors: int
    """Not counted either."""
    rate: float | None
    """Of the answers that are yes or no; None without any."""
    low: float | None
    high: float | None
    """95 % Wilson interval."""

    @property
    def answered(self) -> int:
        """How many answers are yes or no."""
        return self.yes + self.no


@dataclass(frozen=True)
class CheckRates:
    """One of the checks, over all clips."""

    right: YesRate
    """About the class that the clip has."""
    wrong: YesRate
    """About one that it does not have."""
    difference: float | None
    """Yes to the right class less yes to the wrong one, of the clips with a yes or no about both (Youden's J, where
    every clip is what its class says)."""
    low: float | None
    high: float | None
    """95 % bootstrap interval, clips resampled."""
    both: int = 0
    """How many clips that is of."""


def rates_of(clips: Sequence[CheckedClip]) -> Mapping[Check, CheckRates]:
    """How often each check was answered yes, about right and about wrong classes."""
    return {check: _check_rates(clips, check) for check in CHECKS}


def wrong_rates_by_class(clips: Sequence[CheckedClip]) -> Mapping[str, Mapping[Check, YesRate]]:
    """How often each check was answered yes about a class in clips that are not of it, by that class."""
    asked: dict[str, list[CheckedClip]] = {}
    for clip in clips:
        if clip.control_class is not None and clip.control:
            asked.setdefault(clip.control_class, []).append(clip)
    return {
        name: {check: _yes_rate([c.control[check] for c in asked[name] if check in c.control]) for check in CHECKS}
        for name in sorted(asked)
    }


def as_json(rates: Mapping[Check, CheckRates]) -> dict[str, Any]:
    """For the notes of checks.parquet."""
    return {check: asdict(found) for check, found in rates.items()}


def _check_rates(clips: Sequence[CheckedClip], check: Check) -> CheckRates:
    right = [c.answers[check] for c in clips if check in c.answers]
    wrong = [c.control[check] for c in clips if check in c.control]
    both = [c for c in clips if _is_answered(c.answers.get(check)) and _is_answered(c.control.get(check))]
    if not both:
        return CheckRates(_yes_rate(right), _yes_rate(wrong), None, None, None)
    to_right = [c.answers[check].answer == "yes" for c in both]
    to_wrong = [c.control[check].answer == "yes" for c in both]
    low, high = clustered_interval(to_wrong, to_right, [c.clip.clip_id for c in both])
    return CheckRates(
        _yes_rate(right),
        _yes_rate(wrong),
        (sum(to_right) - sum(to_wrong)) / len(both),
        round(low, 6),
        round(high, 6),
        len(both),
    )


def _is_answered(answer: CheckAnswer | None) -> bool:
    return answer is not None and answer.answer in ("yes", "no")


def _yes_rate(answers: Sequence[CheckAnswer]) -> YesRate:
    said = Counter(a.answer for a in answers if a.error is None)
    n = said["yes"] + said["no"]
    low, high = wilson_interval(said["yes"], n) if n else (None, None)
    rate = said["yes"] / n if n else None
    return YesRate(said["yes"], said["no"], said["unclear"], len(answers) - said.total(), rate, low, high)
