"""How often a judge says yes, and whether its yes means anything: it is asked about wrong classes too.

A judge that always says yes keeps every clip, and what it kept looks like a success. Asked whether a cat is visible
where a dog is, it gives itself away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from mma_accuracy.intervals import wilson_interval
from mma_bench.verification.checks_file import CHECKS, Check, CheckAnswer, CheckedClip
from mma_eval.statistics import clustered_interval

MOST_WRONG_YES = 0.10
"""Yes to so many wrong classes and no more. A clip whose sound is another class's stays as often as its judge says yes
to a sound that is not there: above this, that is more than one in ten of the clips that ought to go."""

Trust = Literal["trusted", "untrusted", "not shown"]


@dataclass(frozen=True)
class YesRate:
    """How often the answer to one question was yes."""

    yes: int
    no: int
    unclear: int
    errors: int
    """Not counted in the rate."""
    rate: float | None
    """Of the answers; None without any."""
    low: float | None
    high: float | None
    """95 % Wilson interval."""


@dataclass(frozen=True)
class CheckRates:
    """One of the checks, over all clips."""

    right: YesRate
    """About the class that the clip has."""
    wrong: YesRate
    """About one that it does not have."""
    difference: float | None
    """Yes to the right class less yes to the wrong one, of the clips that were asked about both (Youden's J, where
    every clip is what its class says)."""
    low: float | None
    high: float | None
    """95 % bootstrap interval, clips resampled."""


@dataclass(frozen=True)
class Judgement:
    """Whether the judge can be trusted, and why."""

    trust: Trust
    reasons: tuple[str, ...]
    """A sentence for each check that says so."""


def rates_of(clips: Sequence[CheckedClip]) -> Mapping[Check, CheckRates]:
    """How often each check was answered yes, about right and about wrong classes."""
    return {check: _check_rates(clips, check) for check in CHECKS}


def judge(rates: Mapping[Check, CheckRates]) -> Judgement:
    """Whether a judge with these rates can be trusted.

    Not where, in any check, it does not tell right classes from wrong ones (the interval of the difference reaches 0)
    or says yes to more than `MOST_WRONG_YES` of the wrong ones (the interval lies above). It is not shown to be where
    that interval has `MOST_WRONG_YES` in it: there are too few answers.
    """
    easy = [_too_easy(check, rates[check].wrong) for check in CHECKS]
    blind = [_blind(check, rates[check]) for check in CHECKS]
    against = tuple(reason for reason in (*easy, *blind) if reason)
    if against:
        return Judgement("untrusted", against)
    open_ones = tuple(reason for check in CHECKS if (reason := _open(check, rates[check])))
    return Judgement("not shown", open_ones) if open_ones else Judgement("trusted", ())


def points(share: float) -> str:
    """A difference of two rates in points.

    >>> points(0.25), points(-0.5), points(-0.001)
    ('+25', '-50', '0')
    """
    return f"{round(100 * share):+}" if round(100 * share) else "0"


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
        _yes_rate(right), _yes_rate(wrong), (sum(to_right) - sum(to_wrong)) / len(both), round(low, 6), round(high, 6)
    )


def _is_answered(answer: CheckAnswer | None) -> bool:
    return answer is not None and answer.error is None


def _yes_rate(answers: Sequence[CheckAnswer]) -> YesRate:
    said = Counter(a.answer for a in answers if a.error is None)
    n = said.total()
    low, high = wilson_interval(said["yes"], n) if n else (None, None)
    rate = said["yes"] / n if n else None
    return YesRate(said["yes"], said["no"], said["unclear"], len(answers) - n, rate, low, high)


def _too_easy(check: Check, wrong: YesRate) -> str | None:
    if wrong.rate is None or wrong.low is None or wrong.low <= MOST_WRONG_YES:
        return None
    return (
        f"{check} says yes too easily: to {100 * wrong.rate:.0f} % of the wrong classes (at least "
        f"{100 * wrong.low:.0f}), where {100 * MOST_WRONG_YES:.0f} % is the most"
    )


def _blind(check: Check, rates: CheckRates) -> str | None:
    if rates.difference is None or rates.low is None or rates.low > 0:
        return None
    return (
        f"{check} does not tell right from wrong: yes to right classes less yes to wrong ones is "
        f"{points(rates.difference)} points, and the interval reaches {points(rates.low)}"
    )


def _open(check: Check, rates: CheckRates) -> str | None:
    if rates.difference is None or rates.wrong.high is None:
        return f"{check} has no answers about wrong classes"
    if rates.wrong.high <= MOST_WRONG_YES:
        return None
    n = rates.wrong.yes + rates.wrong.no + rates.wrong.unclear
    return (
        f"{check} says yes to {rates.wrong.yes} of {n} wrong classes: too few to know that it is no more than "
        f"{100 * MOST_WRONG_YES:.0f} % (the interval reaches {100 * rates.wrong.high:.0f} %)"
    )
