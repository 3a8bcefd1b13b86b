"""Build the four questions about a clip's class, and the same four about a deliberately wrong class."""

import random
from collections.abc import Collection, Mapping

from mma_bench.benchmark.prompts import Prompt, existence_question
from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.checks_file import Check
from mma_eval.checks.media import Medium
from mma_eval.model import Question
from mma_eval.run.questions import Key, Target

ANSWERS = ("No", "Yes")
"""Options for models that choose among options."""


_SETUPS: Mapping[Check, tuple[Medium, Prompt]] = {
    "visual_alone": ("picture", "visual"),
    "audio_alone": ("sound", "audio"),
    "visual_together": ("both", "visual"),
    "audio_together": ("both", "audio"),
}
"""Medium that a check presents, and modality it asks about. Appendix B.1: (1) audio removed, (2) frames zeroed, (3) and
(4) the full input."""

MEDIA: tuple[Medium, ...] = ("both", "picture", "sound")
"""All media; `picture` directly follows `both`, whose video it shares."""


def control_class(clip: ManifestClip, classes: Collection[str], seed: int) -> str | None:
    """Draw a wrong class for a clip, independently of other clips; None if the manifest has no other class."""
    others = sorted(set(classes) - {clip.class_name})
    return random.Random(f"{seed} {clip.clip_id}").choice(others) if others else None


def questions_about(medium: Medium, clip: ManifestClip, wrong: str | None, file_sha256: str) -> list[Target]:
    """Build the questions about one medium of a clip, correct class first; the file's digest is part of their keys."""
    return [
        Target(
            question=Question(
                row_id=_row_id(clip.clip_id, medium, name, file_sha256),
                prompt=prompt,
                variant="plain",
                seed=0,
                text=existence_question(prompt, name),
                options=ANSWERS,
            ),
            clip_id=clip.clip_id,
            donor_id=None,
            condition=check if name == clip.class_name else f"control_{check}",
            reference=name,
            other=None,
            caption=None,
        )
        for check, (shown, prompt) in _SETUPS.items()
        if shown == medium
        for name in (clip.class_name, wrong)
        if name is not None
    ]


def _row_id(clip_id: str, medium: Medium, class_name: str, file_sha256: str) -> str:
    return f"{clip_id}/{medium}/{class_name}/{file_sha256[:12]}"


def key_of(check: Check, clip_id: str, class_name: str, file_sha256: str) -> Key:
    """Return the key of the answer to a check."""
    medium, prompt = _SETUPS[check]
    return _row_id(clip_id, medium, class_name, file_sha256), prompt, "plain", 0
