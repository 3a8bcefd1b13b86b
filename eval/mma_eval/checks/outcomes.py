"""Determine each clip's outcome: its answers parsed as yes, no or unclear, or why it was not asked about."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_bench.audioset.fetching.attrition import read_records
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest
from mma_bench.verification.checks_file import CHECKS, CheckAnswer, CheckedClip
from mma_eval.checks.plan import CheckPlan, ClipToCheck
from mma_eval.checks.questions import key_of
from mma_eval.checks.reading import read_verdict
from mma_eval.checks.unreadable import is_there
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key

NOT_CHECKED = "not_checked"
"""Reason for a clip excluded by `--split` or `--limit` in every run so far."""
MISSING = "missing_file"
"""Reason for a clip without a file if `fetch` recorded no other."""


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
    said = {}
    for name in (each.clip.class_name, each.wrong):
        keys = {c: key_of(c, each.clip.clip_id, name, each.sha256) for c in CHECKS} if name else {}
        said[name] = {c: _answer(answers[key]) for c, key in keys.items() if key in answers}
    own = said[each.clip.class_name]
    return CheckedClip(each.clip, _reason(own), own, each.wrong, said[each.wrong] if each.wrong else {})


def _answer(made: Prediction) -> CheckAnswer:
    if made.answer is None:
        return CheckAnswer(None, error=made.error or "no answer")
    return CheckAnswer(read_verdict(made.answer), made.answer)


def _reason(answers: Mapping[Any, CheckAnswer]) -> str:
    """Return why a clip is dropped, "" if it is kept; no takes precedence over unclear, unclear over errors."""
    if len(answers) < len(CHECKS):
        return "error: the model was not asked"
    for verdict in ("no", "unclear"):
        found = [check for check, answer in answers.items() if answer.answer == verdict]
        if found:
            return f"{verdict}: {', '.join(found)}"
    return next((f"error: {check}: {a.error}" for check, a in answers.items() if a.error is not None), "")
