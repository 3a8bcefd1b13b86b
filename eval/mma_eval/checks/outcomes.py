"""Decide the outcome of each clip: its answers read as yes or no, or the reason why it was not asked about."""

from __future__ import annotations

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
"""Reason of a clip that `--split` or `--limit` left out of all runs so far."""
MISSING = "missing_file"
"""Reason of a clip without a file, where `fetch` recorded none."""


def outcomes(
    manifest: Manifest,
    chosen: Sequence[ManifestClip],
    plan: CheckPlan,
    answers: Mapping[Key, Prediction],
    clips: Path,
) -> list[CheckedClip]:
    """Decide the outcome of every clip of the manifest, in its order.

    Args:
        manifest: the manifest with all its clips.
        chosen: the clips of this run.
        plan: the questions of this run and of earlier ones.
        answers: all answers so far.
        clips: the folder of clips, in which `fetch` recorded what it lost.
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
            # A clip of an earlier run whose file was replaced since has no answers about its present content.
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
    """State why a clip is not kept: no comes before unclear, and unclear before an error."""
    if len(answers) < len(CHECKS):
        return "error: the model was not asked"
    for verdict in ("no", "unclear"):
        found = [check for check, answer in answers.items() if answer.answer == verdict]
        if found:
            return f"{verdict}: {', '.join(found)}"
    return next((f"error: {check}: {a.error}" for check, a in answers.items() if a.error is not None), "")
