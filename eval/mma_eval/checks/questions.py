"""Build the four questions about a clip's class, and the same four about a deliberately wrong class."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mma_bench.benchmark.prompts import PROMPTS, Prompt, existence_question
from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.checks_file import CHECKS, Check
from mma_eval.checks.media import Medium
from mma_eval.model import Question
from mma_eval.run.questions import Key, Target

ANSWERS = ("No", "Yes")
"""Options for models that choose among options."""


@dataclass(frozen=True)
class _CheckSetup:
    """Medium presented by a check, and modality it asks about."""

    medium: Medium
    prompt: Prompt


SETUPS: Mapping[Check, _CheckSetup] = {
    "visual_alone": _CheckSetup("picture", "visual"),
    "audio_alone": _CheckSetup("sound", "audio"),
    "visual_together": _CheckSetup("both", "visual"),
    "audio_together": _CheckSetup("both", "audio"),
}
"""Appendix B.1: (1) audio removed, (2) frames zeroed, (3) and (4) the full input."""

MEDIA: tuple[Medium, ...] = ("both", "picture", "sound")
"""All media; `picture` directly follows `both`, whose video it shares."""


def control_class(clip: ManifestClip, classes: Collection[str], seed: int) -> str | None:
    """Draw a wrong class for a clip, independently of other clips; None if the manifest has no other class.

    Args:
        clip: a clip of the manifest.
        classes: all classes of the manifest.
        seed: seed of the draw.
    """
    others = sorted(set(classes) - {clip.class_name})
    return random.Random(f"{seed} {clip.clip_id}").choice(others) if others else None


def questions_about(medium: Medium, clip: ManifestClip, wrong: str | None, file_sha256: str) -> list[Target]:
    """Build the questions about one medium of a clip, correct class first.

    Args:
        medium: the medium to ask about.
        clip: a clip of the manifest.
        wrong: the wrong class, if there is one.
        file_sha256: digest of the clip's file, which is part of each answer's key.
    """
    return [
        Target(
            question=Question(
                row_id=row_id(clip.clip_id, medium, name, file_sha256),
                prompt=SETUPS[check].prompt,
                variant="plain",
                seed=0,
                text=existence_question(SETUPS[check].prompt, name),
                options=ANSWERS,
            ),
            clip_id=clip.clip_id,
            donor_id=None,
            condition=check if name == clip.class_name else f"control_{check}",
            reference=name,
            other=None,
            caption=None,
        )
        for check in CHECKS
        if SETUPS[check].medium == medium
        for name in (clip.class_name, wrong)
        if name is not None
    ]


def row_id(clip_id: str, medium: Medium, class_name: str, file_sha256: str) -> str:
    """Return the row id of an answer in predictions.jsonl."""
    return f"{clip_id}/{medium}/{class_name}/{file_sha256[:12]}"


def key_of(check: Check, clip_id: str, class_name: str, file_sha256: str) -> Key:
    """Return the key of the answer to a check."""
    setup = SETUPS[check]
    return row_id(clip_id, setup.medium, class_name, file_sha256), setup.prompt, "plain", 0


def question_texts() -> dict[str, dict[str, str]]:
    """Return the questions by modality, with `...` as the class placeholder."""
    return {"existence": {p: existence_question(p, "...") for p in PROMPTS}}
