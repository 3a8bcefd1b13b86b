"""How often a judge says yes, and whether its yes means anything: it is asked about wrong classes too.

A judge that always says yes keeps every clip, and what it kept looks like a success. Asked whether a cat is visible
where a dog is, it gives itself away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mma_bench.verification.checks_file import CHECKS, Check
from mma_eval.checks.rates import CheckRates, YesRate

MOST_WRONG_YES = 0.10
"""Yes to so many wrong classes and no more. A clip whose sound is another class's stays as often as its judge says yes
to a sound that is not there: above this, that is more than one in ten of the clips that ought to go."""
LEAST_DIFFERENCE = 0.25
"""Yes to right classes less yes to wrong ones, at least. The paper's judge kept 31 % of its clips (Table 1: 1,102 of
3,518), so each of its checks said yes to as many or more. One that says yes hardly more
often where the class is than where it is not keeps few clips for what is in them."""
FEWEST = 10
"""So many clips answered with yes or no, at least, before anything is held against a judge: the bootstrap interval of
one clip has no width, and Wilson's of one yes lies above the limit."""
MISTAKEN = 0.025
"""How likely it may be, all classes and checks taken together, that one is named though its wrong yes are no more than
`MOST_WRONG_YES`. Each is about few clips, and there are some two hundred: of so many intervals of 95 % several lie
above the limit by chance."""

Trust = Literal["trusted", "untrusted", "not shown"]


@dataclass(frozen=True)
class Judgement:
    """Whether the judge can be trusted, and why."""

    trust: Trust
    reasons: tuple[str, ...]
    """A sentence for each check that says so."""
    classes: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    """The classes for which it cannot be trusted, whatever it is else: to these it says yes too easily, in these
    checks."""


def judge(rates: Mapping[Check, CheckRates], by_class: Mapping[str, Mapping[Check, YesRate]]) -> Judgement:
    """Whether a judge with these rates can be trusted.

    Only answers that are yes or no count. Not where, in any check, it hardly tells right classes from wrong ones (the
    interval of the difference reaches 0 or lies below `LEAST_DIFFERENCE`) or says yes to more than `MOST_WRONG_YES` of
    the wrong ones (the interval lies above). It is not shown to be where an interval has its limit in it, or fewer than
    `FEWEST` clips were answered about: there are too few answers. For a class it cannot be trusted where it says yes to
    that one too easily, which the rate over all classes may hide.

    Args:
        rates: as `rates_of` gives them.
        by_class: as `wrong_rates_by_class` gives them.
    """
    classes = _too_easy_classes(by_class)
    easy = [_too_easy(check, rates[check].wrong) for check in CHECKS]
    blind = [_blind(check, rates[check]) for check in CHECKS]
    against = tuple(reason for reason in (*easy, *blind) if reason)
    if against:
        return Judgement("untrusted", against, classes)
    open_ones = tuple(reason for check in CHECKS if (reason := _open(check, rates[check])))
    return Judgement("not shown" if open_ones else "trusted", open_ones, classes)


def points(share: float) -> str:
    """A difference of two rates in points.

    >>> points(0.25), points(-0.5), points(-0.001)
    ('+25', '-50', '0')
    """
    return f"{round(100 * share):+}" if round(100 * share) else "0"


def _too_easy(check: Check, wrong: YesRate) -> str | None:
    if wrong.rate is None or wrong.low is None or wrong.low <= MOST_WRONG_YES or wrong.answered < FEWEST:
        return None
    return (
        f"{check} says yes too easily: to {100 * wrong.rate:.0f} % of the wrong classes (at least "
        f"{100 * wrong.low:.0f}), where {100 * MOST_WRONG_YES:.0f} % is the most"
    )


def _blind(check: Check, rates: CheckRates) -> str | None:
    if rates.difference is None or rates.low is None or rates.high is None or rates.both < FEWEST:
        return None
    found = f"yes to right classes less yes to wrong ones is {points(rates.difference)} points"
    if rates.low <= 0:
        return f"{check} does not tell right from wrong: {found}, and the interval reaches {points(rates.low)}"
    if rates.high < LEAST_DIFFERENCE:
        return (
            f"{check} hardly tells right from wrong: {found} (at most {points(rates.high)}), where "
            f"{points(LEAST_DIFFERENCE)} is the least"
        )
    return None


def _open(check: Check, rates: CheckRates) -> str | None:
    wrong = rates.wrong
    apart = f" ({wrong.unclear:,} were unclear)" if wrong.unclear else ""
    if wrong.high is None:
        return f"{check} has no answers about wrong classes{apart}"
    if rates.difference is None:
        return f"{check} has no clip with a clear answer about both its own class and a wrong one"
    if min(rates.both, wrong.answered) < FEWEST:
        return (
            f"{check}: too few answers to tell: clips with a yes or no to both their class and a wrong one: "
            f"{rates.both}, where {FEWEST} is the least{apart}"
        )
    if rates.low is not None and rates.low < LEAST_DIFFERENCE:
        return (
            f"{check}: yes to right classes less yes to wrong ones is {points(rates.difference)} points, too few "
            f"answers to know that it is at least {points(LEAST_DIFFERENCE)} (the interval reaches {points(rates.low)})"
        )
    if wrong.high <= MOST_WRONG_YES:
        return None
    return (
        f"{check} says yes to {wrong.yes} of {wrong.answered} wrong classes{apart}: too few to know that it is no more "
        f"than {100 * MOST_WRONG_YES:.0f} % (the interval reaches {100 * wrong.high:.0f} %)"
    )


def _too_easy_classes(by_class: Mapping[str, Mapping[Check, YesRate]]) -> Mapping[str, tuple[Check, ...]]:
    """Classes with so many wrong yes as are `MISTAKEN` likely, or less, in any of them where the rate is the limit."""
    from scipy.stats import binom

    likely = MISTAKEN / max(1, len(CHECKS) * len(by_class))  # Bonferroni
    named = {}
    for name, found in by_class.items():
        checks = tuple(c for c in CHECKS if binom.sf(found[c].yes - 1, found[c].answered, MOST_WRONG_YES) < likely)
        if checks:
            named[name] = checks
    return named
