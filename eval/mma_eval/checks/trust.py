"""Assess how far a judge can be trusted from its answers about correct and wrong classes.

A judge that always says yes keeps every clip, which looks like success. Questions about wrong classes, such as whether
a cat is visible in a clip of a dog, reveal this.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mma_accuracy.intervals import wilson_interval
from mma_bench.verification.checks_file import CHECKS, Check, CheckAnswer, CheckedClip
from mma_bench.verification.record import CheckRates, YesRate
from mma_eval.scoring.statistics import clustered_interval

MAX_WRONG_YES = 0.10
"""Largest acceptable rate of yes answers to wrong classes.

The more often a judge says yes to a wrong class, the more clips it keeps that do not contain their class; above this
rate, it says yes to more than one in ten questions whose correct answer is no."""
_MOST = f"{100 * MAX_WRONG_YES:.0f} %"
MIN_DIFFERENCE = 0.25
"""Smallest acceptable difference between the yes rates for correct and wrong classes.

In the paper, 31 % of the clips passed all checks (Table 1: 1,102 of 3,518), so each check said yes to at least 31 % of
them. If it rarely said yes to wrong classes, its difference was about 31 points or more, above this limit. A judge
below the limit barely separates correct from wrong classes, and so does not select clips by their content."""
MIN_CLIPS = 10
"""Smallest number of clips answered with yes or no from which a judge can be found untrusted.

A single clip would suffice otherwise: its bootstrap interval has no width, and the Wilson interval of a single yes to a
wrong class lies above `MAX_WRONG_YES`."""
FALSE_ALARM_RATE = 0.025
"""Family-wise error rate: upper bound on the probability of flagging at least one class by chance, if every true yes
rate is `MAX_WRONG_YES`.

Divided by the number of pairs of class and check (Bonferroni): with about two hundred pairs and few clips per class,
several uncorrected 95 % intervals would lie above the limit by chance."""

Trust = Literal["trusted", "untrusted", "not shown"]
ReasonKind = Literal["yes_too_easily", "indistinct", "barely_distinct", "no_answers", "too_few", "undecided"]


@dataclass(frozen=True)
class Reason:
    """A finding about the judge from one check, with its text as a sentence."""

    kind: ReasonKind
    check: Check
    text: str


@dataclass(frozen=True)
class Judgement:
    """A decision on how far a judge can be trusted, with reasons."""

    trust: Trust
    reasons: tuple[Reason, ...]
    classes: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    """Classes to which the judge says yes too easily, with the checks concerned."""


def rates_of(clips: Sequence[CheckedClip]) -> Mapping[Check, CheckRates]:
    """Compute the yes rates for correct and wrong classes in each check."""
    return {check: _check_rates(clips, check) for check in CHECKS}


def wrong_rates_by_class(clips: Sequence[CheckedClip]) -> Mapping[str, Mapping[Check, YesRate]]:
    """Compute the yes rates for wrong classes, grouped by the class asked about."""
    asked: dict[str, list[CheckedClip]] = {}
    for clip in clips:
        if clip.control_class is not None and clip.control:
            asked.setdefault(clip.control_class, []).append(clip)
    return {
        name: {check: _yes_rate([c.control[check] for c in asked[name] if check in c.control]) for check in CHECKS}
        for name in sorted(asked)
    }


def assess_judge(rates: Mapping[Check, CheckRates], by_class: Mapping[str, Mapping[Check, YesRate]]) -> Judgement:
    """Assess how far a judge with these rates can be trusted.

    Only yes and no answers count. A judge is untrusted if in any check the interval of the difference reaches 0 or lies
    below `MIN_DIFFERENCE`, or the interval of the yes rate for wrong classes lies above `MAX_WRONG_YES`. Trust is not
    shown if an interval contains its limit, or fewer than `MIN_CLIPS` clips have a yes or no. Single classes are also
    flagged, by their rates in `by_class` (from `wrong_rates_by_class`), since the overall rate may hide them.
    """
    classes = _easy_classes(by_class)
    found = [_yes_too_easily(check, rates[check].wrong) for check in CHECKS]
    found += [_indistinct(check, rates[check]) for check in CHECKS]
    if against := tuple(reason for reason in found if reason):
        return Judgement("untrusted", against, classes)
    undecided = tuple(reason for check in CHECKS if (reason := _undecided(check, rates[check])))
    return Judgement("not shown" if undecided else "trusted", undecided, classes)


def points(share: float) -> str:
    """Format a difference of two rates in percentage points.

    >>> points(0.25), points(-0.5), points(-0.001)
    ('+25', '-50', '0')
    """
    return f"{round(100 * share):+}" if round(100 * share) else "0"


def _check_rates(clips: Sequence[CheckedClip], check: Check) -> CheckRates:
    both = [c for c in clips if _is_answered(c.answers.get(check)) and _is_answered(c.control.get(check))]
    difference, low, high = None, None, None
    if both:
        to_right = [c.answers[check].answer == "yes" for c in both]
        to_wrong = [c.control[check].answer == "yes" for c in both]
        difference = (sum(to_right) - sum(to_wrong)) / len(both)
        low, high = (round(end, 6) for end in clustered_interval(to_wrong, to_right, [c.clip.clip_id for c in both]))
    return CheckRates(
        right=_yes_rate([c.answers[check] for c in clips if check in c.answers]),
        wrong=_yes_rate([c.control[check] for c in clips if check in c.control]),
        difference=difference,
        low=low,
        high=high,
        both=len(both),
    )


def _is_answered(answer: CheckAnswer | None) -> bool:
    return answer is not None and answer.answer in ("yes", "no")


def _yes_rate(answers: Sequence[CheckAnswer]) -> YesRate:
    said = Counter(a.answer for a in answers if a.error is None)
    n = said["yes"] + said["no"]
    low, high = wilson_interval(said["yes"], n) if n else (None, None)
    return YesRate(
        yes=said["yes"],
        no=said["no"],
        unclear=said["unclear"],
        errors=len(answers) - said.total(),
        rate=said["yes"] / n if n else None,
        low=low,
        high=high,
    )


def _yes_too_easily(check: Check, wrong: YesRate) -> Reason | None:
    if wrong.rate is None or wrong.low is None or wrong.low <= MAX_WRONG_YES or wrong.answered < MIN_CLIPS:
        return None
    found = f"to {100 * wrong.rate:.0f} % of the wrong classes (at least {100 * wrong.low:.0f})"
    return Reason("yes_too_easily", check, f"{check} says yes too easily: {found}, where {_MOST} is the most")


def _indistinct(check: Check, rates: CheckRates) -> Reason | None:
    if rates.difference is None or rates.low is None or rates.high is None or rates.both < MIN_CLIPS:
        return None
    found = f"yes to right classes less yes to wrong ones is {points(rates.difference)} points"
    if rates.low <= 0:
        text = f"{check} does not tell right from wrong: {found}, and the interval reaches {points(rates.low)}"
        return Reason("indistinct", check, text)
    if rates.high < MIN_DIFFERENCE:
        limits = f"(at most {points(rates.high)}), where {points(MIN_DIFFERENCE)} is the least"
        return Reason("barely_distinct", check, f"{check} hardly tells right from wrong: {found} {limits}")
    return None


def _undecided(check: Check, rates: CheckRates) -> Reason | None:
    wrong = rates.wrong
    unclear = f" ({wrong.unclear:,} were unclear)" if wrong.unclear else ""
    if wrong.high is None:
        return Reason("no_answers", check, f"{check} has no answers about wrong classes{unclear}")
    if rates.difference is None:
        text = f"{check} has no clip with a clear answer about both its own class and a wrong one"
        return Reason("no_answers", check, text)
    if min(rates.both, wrong.answered) < MIN_CLIPS:
        found = f"clips with a yes or no to both their class and a wrong one: {rates.both}"
        text = f"{check}: too few answers to tell: {found}, where {MIN_CLIPS} is the least{unclear}"
        return Reason("too_few", check, text)
    if rates.low is not None and rates.low < MIN_DIFFERENCE:
        found = f"yes to right classes less yes to wrong ones is {points(rates.difference)} points"
        known = f"too few answers to know that it is at least {points(MIN_DIFFERENCE)}"
        return Reason("undecided", check, f"{check}: {found}, {known} (the interval reaches {points(rates.low)})")
    if wrong.high <= MAX_WRONG_YES:
        return None
    found = f"says yes to {wrong.yes} of {wrong.answered} wrong classes{unclear}"
    known = f"too few to know that it is no more than {_MOST} (the interval reaches {100 * wrong.high:.0f} %)"
    return Reason("undecided", check, f"{check} {found}: {known}")


def _easy_classes(by_class: Mapping[str, Mapping[Check, YesRate]]) -> Mapping[str, tuple[Check, ...]]:
    """Find classes whose yes rate is significantly above the limit (binomial test, Bonferroni correction)."""
    from scipy.stats import binom

    level = FALSE_ALARM_RATE / max(1, len(CHECKS) * len(by_class))
    named = {
        name: tuple(c for c in CHECKS if binom.sf(found[c].yes - 1, found[c].answered, MAX_WRONG_YES) < level)
        for name, found in by_class.items()
    }
    return {name: checks for name, checks in named.items() if checks}
