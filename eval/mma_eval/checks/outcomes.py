"""Determine each clip's outcome: its answers, parsed as yes, no or unclear, or the reason for having none."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_accuracy.markup import after_thinking, normalised
from mma_bench.audioset.fetching.attrition import read_records
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest
from mma_bench.verification.checks_file import CHECKS, Check, CheckAnswer, CheckedClip, JudgeAnswer
from mma_eval.checks.plan import CheckPlan, ClipToCheck, key_of
from mma_eval.checks.unreadable import is_there
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key

NOT_CHECKED = "not_checked"
"""Reason for a clip excluded by `--split` or `--limit` in every run so far."""
MISSING = "missing_file"
"""Reason for a clip without a file, unless `fetch` recorded another reason."""


def outcomes(
    manifest: Manifest,
    chosen: Sequence[ManifestClip],
    plan: CheckPlan,
    answers: Mapping[Key, Prediction],
    clips: Path,
) -> list[CheckedClip]:
    """Determine the outcome of every clip, in manifest order.

    Args:
        manifest: the manifest with all its clips.
        chosen: the clips of this run.
        plan: the questions of this run and of earlier ones.
        answers: all answers so far.
        clips: clip folder, with the losses recorded by `fetch`.
    """
    there = {each.clip.clip_id: each for each in plan.clips}
    wanted = {clip.clip_id for clip in chosen}
    records = read_records(clips)
    found = []
    for clip in manifest.clips:
        name = clip.clip_id
        if name in there:
            reason = plan.reason(there[name])
            outcome = CheckedClip(clip, reason) if reason else _answered(there[name], answers)
            # A clip from an earlier run whose file has since been replaced has no answers about its current content.
            asked = reason or outcome.answers or name in wanted
            found.append(outcome if asked else CheckedClip(clip, NOT_CHECKED))
        elif name in plan.passed_over:
            found.append(CheckedClip(clip, plan.passed_over[name]))
        elif name not in wanted and is_there(clips / clip.file):
            found.append(CheckedClip(clip, NOT_CHECKED))
        else:
            lost = records.get(name)
            found.append(CheckedClip(clip, lost.reason if lost and lost.status == "lost" and lost.reason else MISSING))
    return found


def not_asked(clips: Sequence[CheckedClip]) -> int:
    """Count the clips with a file that no run has asked about."""
    return sum(clip.reason == NOT_CHECKED for clip in clips)


def _answered(each: ClipToCheck, answers: Mapping[Key, Prediction]) -> CheckedClip:
    def said_of(name: str | None) -> dict[Check, CheckAnswer]:
        keys = {c: key_of(c, each.clip.clip_id, name, each.sha256) for c in CHECKS} if name else {}
        return {c: _answer(answers[key]) for c, key in keys.items() if key in answers}

    own = said_of(each.clip.class_name)
    return CheckedClip(each.clip, _reason(own), own, each.wrong, said_of(each.wrong))


def _answer(made: Prediction) -> CheckAnswer:
    if made.answer is None:
        return CheckAnswer(None, error=made.error or "no answer")
    return CheckAnswer(read_verdict(made.answer), made.answer)


def _reason(answers: Mapping[Any, CheckAnswer]) -> str:
    """Return the reason for dropping a clip, or "" to keep it; "no" takes precedence over "unclear", then errors."""
    if len(answers) < len(CHECKS):
        return "error: the model was not asked"
    for verdict in ("no", "unclear"):
        found = [check for check, answer in answers.items() if answer.answer == verdict]
        if found:
            return f"{verdict}: {', '.join(found)}"
    return next((f"error: {check}: {a.error}" for check, a in answers.items() if a.error is not None), "")


_FIRST = re.compile(r"\W*(?:(?:the |my |final )*answer(?: to (?:the|this|that|your) question)?(?: is)?\W+)?(yes|no)\b")
_YES = re.compile(r"\byes\b")
# "Yes, there is no doubt", "No doubt, it is there": this "no" neither denies nor retracts a yes.
_HARMLESS_NO = (
    r"(?:doubt|question|denying|mistake|mistaking|problem|wonder|other|further|additional|background|one else)\b"
)
_NO_DENIAL = re.compile(rf"\s+{_HARMLESS_NO}")
_PERCEIVED = (
    r"(?:visible|audible|seen|heard|see|hear|present|there|shown|appear|clear|clearly|discernible|recogni[sz]able)\b"
)
# Any other "no" retracts a yes, and so does a statement of absence or non-perception; "not moving" does not.
_DENIED = re.compile(
    rf"\bno\b(?!\s+{_HARMLESS_NO})"
    rf"|(?:\b(?:not|never|neither|nor|hardly|barely|cannot)|n't)\b(?:\s*(?:$|[.,;:!?])|(?:\s+\w+){{0,3}}?\s+{_PERCEIVED})"
    r"|\b(?:nothing|none|nowhere|invisible|inaudible|absent)\b"
)


def read_verdict(text: str) -> JudgeAnswer:
    """Parse an answer to a question such as "Is the Cat clearly visible in this video?".

    The first word decides, whatever its case and punctuation; reasoning before the answer is ignored. An answer that
    begins with neither word, contains both, or retracts its yes is unclear: it keeps no clip and is counted separately.

    >>> read_verdict("Yes, the dog is clearly visible."), read_verdict("**No.**"), read_verdict("NO")
    ('yes', 'no', 'no')
    >>> read_verdict("Yes and no."), read_verdict("There is a dog."), read_verdict("Nothing")
    ('unclear', 'unclear', 'unclear')
    >>> read_verdict("Yes, there is no dog."), read_verdict("Yes, there is no doubt."), read_verdict("No doubt.")
    ('unclear', 'yes', 'unclear')
    """
    said = after_thinking(normalised(text))
    first = _FIRST.match(said.strip()) if said else None
    if said is None or first is None:
        return "unclear"
    rest = said.strip()[first.end() :]
    if first[1] == "no":
        return "unclear" if _YES.search(rest) or _NO_DENIAL.match(rest) else "no"
    return "unclear" if _DENIED.search(rest) else "yes"
