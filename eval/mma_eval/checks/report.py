"""Render the result of a check as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mma_bench.audioset.curation.comparison import NOTE, funnel_table
from mma_bench.manifest.funnel import Funnel
from mma_bench.verification.checks_file import CHECKS, Check, CheckedClip, Checks
from mma_bench.verification.record import CheckRates, YesRate
from mma_eval.checks.outcomes import NOT_CHECKED, not_asked
from mma_eval.checks.trust import MAX_WRONG_YES, MIN_CLIPS, MIN_DIFFERENCE, Judgement, points, wrong_rates_by_class

if TYPE_CHECKING:
    from mma_eval.checks.check import CheckRun

HEADLINES: Mapping[str, str] = {
    "trusted": "The judge tells right classes from wrong ones.",
    "untrusted": "The judge cannot be trusted: what it kept says little about the clips.",
    "not shown": "Whether the judge can be trusted is not shown.",
}
RULE = (
    "Every question was asked about a deliberately wrong class too. A judge cannot be trusted where, in any check, the "
    "95 % interval of its yes to right less its yes to wrong classes reaches 0 or lies below "
    f"{100 * MIN_DIFFERENCE:.0f} points, or that of its yes to wrong classes above {100 * MAX_WRONG_YES:.0f} %: "
    "so often would a clip stay whose picture or sound is another's. Where an interval has its limit in it, or "
    f"fewer than {MIN_CLIPS} clips have a yes or no, there are too few answers to tell."
)
BY_CLASS = (
    "Yes to a class in clips that are not of it. A judge that says yes to a few classes whatever it sees keeps every "
    "clip of theirs, and the rate over all classes hides it. Named are classes where so many yes are hardly chance "
    f"with {100 * MAX_WRONG_YES:.0f} % as the rate, all classes and checks taken together."
)
ASKED: Mapping[Check, str] = {
    "visual_alone": "seen, the sound removed",
    "audio_alone": "heard, the frames zeroed",
    "visual_together": "seen, with its sound",
    "audio_together": "heard, with its picture",
}
"""Short description of the input of each check."""


def as_markdown(
    checks: Checks, funnel: Funnel, rates: Mapping[Check, CheckRates], judgement: Judgement, run: CheckRun
) -> str:
    """Render the report: the judgement, on which all else depends, then rates, funnel, classes and reasons."""
    asked = [c for c in checks.clips if c.answers]
    kept = sum(c.kept for c in asked)
    notes, dropped = findings(judgement), dropped_by_reason(checks.clips)
    rate_rows = [
        (f"{check}: {ASKED[check]}", rate_text(found.right), rate_text(found.wrong), difference_text(found))
        for check, found in rates.items()
    ]
    lines = [
        "# Automated checks",
        "",
        f"{kept:,} of {len(asked):,} clips that were asked about are kept: all four answers are yes (appendix B.1). "
        f"Judge: {run.model.name or run.model.class_}"
        + (f" with {run.model.adapter_name}" if run.model.adapter else "")
        + f", wrong classes drawn with seed {run.selection.seed}.",
        "",
        "## The judge",
        "",
        f"**{headline(judgement)}**",
        "",
        *(f"- {note}" for note in notes),
        *([""] if notes else []),
        RULE,
        "",
        *_table(("check", "yes to right classes", "yes to wrong classes", "difference"), rate_rows),
        "",
        "In brackets 95 % intervals: Wilson's for rates, of the difference by bootstrap over clips. Rates are of "
        "the answers that are yes or no; what is unclear keeps no clip, but says nothing of the judge.",
        "",
        "## Funnel",
        "",
        *_funnel(funnel),
        *(["", left] if (left := partial_note(checks.clips)) else []),
        "",
        "## Classes",
        "",
        *_table(("class", "kept", "asked about", "share"), _class_rows(asked)),
        "",
        *_wrong_by_class(asked, judgement),
        *(["## Why clips were not kept", "", *_table(("reason", "clips"), dropped), ""] if dropped else []),
    ]
    return "\n".join(lines)


def headline(judgement: Judgement) -> str:
    """Summarise in one sentence how far the judge can be trusted."""
    if judgement.trust == "trusted" and judgement.classes:
        return "The judge tells right classes from wrong ones, but not every class: of some it cannot be trusted."
    return HEADLINES[judgement.trust]


def findings(judgement: Judgement) -> list[str]:
    """List the reasons for a judgement, then the classes for which the judge cannot be trusted."""
    found = [reason.text for reason in judgement.reasons]
    for check in CHECKS:
        if names := [name for name, checks in judgement.classes.items() if check in checks]:
            listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more classes" if len(names) > 10 else "")
            found.append(f"{check} cannot be trusted of {listed}: it says yes too easily")
    return found


def dropped_by_reason(clips: Sequence[CheckedClip]) -> list[tuple[str, str]]:
    """Count dropped clips by reason, most frequent first, without error details."""
    # The reason of a clip with answers names the checks; others have a detail, such as an error's text.
    found = Counter(
        c.reason if c.answers and not c.reason.startswith("error") else c.reason.partition(":")[0] for c in clips
    )
    words = {NOT_CHECKED: "not asked yet"}
    return [(words.get(reason, reason), f"{count:,}") for reason, count in found.most_common() if reason]


def partial_note(clips: Sequence[CheckedClip]) -> str:
    """Report how many clips with a file remain to be checked; empty if none."""
    left = not_asked(clips)
    if not left:
        return ""
    asked = f"{left:,} clip{'s' if left > 1 else ''} with a file not asked about yet"
    return f"The automated checks are of a part so far: {asked} (run it without --limit or --split)."


def rate_text(rate: YesRate) -> str:
    """Format a rate with its interval and the number of excluded answers."""
    left_out = [f"{count} {name}" for name, count in (("unclear", rate.unclear), ("errors", rate.errors)) if count]
    if rate.rate is None or rate.low is None or rate.high is None:
        return ", ".join(left_out) or "not asked"
    text = f"{100 * rate.rate:.0f} % of {rate.answered} ({100 * rate.low:.0f} to {100 * rate.high:.0f})"
    return ", ".join([text, *left_out])


def difference_text(rates: CheckRates) -> str:
    """Format the difference in percentage points with its interval."""
    if rates.difference is None or rates.low is None or rates.high is None:
        return ""
    return f"{points(rates.difference)} ({points(rates.low)} to {points(rates.high)})"


def _class_rows(asked: Sequence[CheckedClip]) -> Iterator[tuple[str, ...]]:
    clips = Counter(c.clip.class_name for c in asked)
    kept = Counter(c.clip.class_name for c in asked if c.kept)
    for name in sorted(clips):
        yield name, f"{kept[name]:,}", f"{clips[name]:,}", f"{100 * kept[name] / clips[name]:.0f} %"


def _wrong_by_class(asked: Sequence[CheckedClip], judgement: Judgement) -> list[str]:
    found = wrong_rates_by_class(asked)
    if not found:
        return []
    rows = [
        (name, *(rate_text(rates[check]) for check in CHECKS), ", ".join(judgement.classes.get(name, ())))
        for name, rates in found.items()
    ]
    table = _table(("class asked about", *CHECKS, "not to be trusted"), rows)
    return ["## Yes to wrong classes, by class", "", BY_CLASS, "", *table, ""]


def _funnel(funnel: Funnel) -> list[str]:
    columns, rows = funnel_table(funnel)
    return [*_table(("clips", *columns), rows), *(["", f"{NOTE}."] if "paper" in columns else [])]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
