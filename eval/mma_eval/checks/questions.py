"""The four questions about a clip's class, and the same four about a class that it is deliberately not of."""

from __future__ import annotations

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
"""What a model may choose from that chooses."""


@dataclass(frozen=True)
class _Probing:
    """What a check shows, and what it asks about."""

    medium: Medium
    prompt: Prompt


PROBED: Mapping[Check, _Probing] = {
    "visual_alone": _Probing("picture", "visual"),
    "audio_alone": _Probing("sound", "audio"),
    "visual_together": _Probing("both", "visual"),
    "audio_together": _Probing("both", "audio"),
}
"""Appendix B.1: 1. the audio removed, 2. the frames zeroed, 3. and 4. the full input."""

MEDIA: tuple[Medium, ...] = ("both", "picture", "sound")
"""In an order in which neighbours share a stream."""


def control_class(clip: ManifestClip, classes: Collection[str], seed: int) -> str | None:
    """A class that the clip is not of; None where the manifest has no other. The same whichever clips are asked about.

    Args:
        clip: of the manifest.
        classes: the manifest's.
        seed: of the draw.
    """
    others = sorted(set(classes) - {clip.class_name})
    return random.Random(f"{seed} {clip.clip_id}").choice(others) if others else None


def questions_about(medium: Medium, clip: ManifestClip, wrong: str | None, file_sha256: str) -> list[Target]:
    """What is asked about one of a clip's media, the right class first.

    Args:
        medium: which.
        clip: of the manifest.
        wrong: a class that it is not of, if there is one.
        file_sha256: of its file: an answer about another file is another answer.
    """
    return [
        Target(
            question=Question(
                row_id=row_id(clip.clip_id, medium, name, file_sha256),
                prompt=PROBED[check].prompt,
                variant="plain",
                seed=0,
                text=existence_question(PROBED[check].prompt, name),
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
        if PROBED[check].medium == medium
        for name in (clip.class_name, wrong)
        if name is not None
    ]


def row_id(clip_id: str, medium: Medium, class_name: str, file_sha256: str) -> str:
    """What an answer in predictions.jsonl is about."""
    return f"{clip_id}/{medium}/{class_name}/{file_sha256[:12]}"


def key_of(check: Check, clip_id: str, class_name: str, file_sha256: str) -> Key:
    """The key of the answer to a check."""
    probed = PROBED[check]
    return row_id(clip_id, probed.medium, class_name, file_sha256), probed.prompt, "plain", 0


def question_texts() -> dict[str, dict[str, str]]:
    """The questions, without their class."""
    return {"existence": {p: existence_question(p, "...") for p in PROMPTS}}
