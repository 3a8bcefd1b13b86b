"""Judge answers about clips whose video, audio and text conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .ending import Ended
from .reading import Reading, read_answer

Outcome = Literal["grounded", "other_modality", "caption", "abstained", "other_class", "off_list", "error"]
OUTCOMES: Mapping[Outcome, str] = {
    "grounded": "the class of the modality asked about",
    "other_modality": "the class that only the other modality shows",
    "caption": "the class that the misleading caption names",
    "abstained": "none of the options, or a refusal to tell",
    "other_class": "an option that nothing in the clip supports",
    "off_list": "no option recognised, or more than one, or the answer is empty or broke off",
    "error": "no answer at all: counted apart from wrong ones",
}
"""Meaning of each outcome; the rates of a cell are in this order and add up to 1."""

PairOutcome = Literal["both", "follows_video", "follows_audio", "follows_caption", "abstains_both", "other"]
PAIR_OUTCOMES: Mapping[PairOutcome, str] = {
    "both": "both questions right: grounded, or abstained where the modality is absent",
    "follows_video": "both answers name what the picture shows",
    "follows_audio": "both answers name what the sound is of",
    "follows_caption": "both answers name the caption's class",
    "abstains_both": "both answers abstain",
    "other": "anything else",
}
"""Meaning of each joint outcome of the visual and the audio answer about a row."""

CONDITIONS = ("aligned", "misaligned", "frames_zeroed", "audio_removed", "misleading_caption", "long_context")
"""Conditions in the benchmark's order."""
PROMPTS = ("visual", "audio")
VARIANTS = ("plain", "abstain", "cot")
ABSENT = frozenset({("frames_zeroed", "visual"), ("audio_removed", "audio")})
"""Pairs of condition and prompt where the modality asked about is absent, so that abstaining is correct."""


@dataclass(frozen=True)
class Judged:
    """Reading and outcome of an answer."""

    reading: Reading
    outcome: Outcome
    right: bool
    """Whether the answer names the reference (the paper's accuracy), even if the modality asked about is absent."""


def judge(
    answer: str | None,
    options: Sequence[str],
    *,
    reference: str,
    other: str | None = None,
    caption: str | None = None,
    absent: bool = False,
    error: str | None = None,
    prompt: str | None = None,
    ended: Ended | None = None,
) -> Judged:
    """Read one answer and determine its outcome.

    Args:
        answer: raw text, or a class name.
        options: the classes that the question listed.
        reference: class of the modality asked about; if that is absent, class of the original clip.
        other: class of the other modality; None if it is absent.
        caption: class named in a misleading caption.
        absent: whether the modality asked about is absent.
        error: reason for a missing answer; None if there is an answer.
        prompt: the modality asked about, visual or audio, for answers that name a class of each; None if unknown.
        ended: why the answer ended; None if unknown.

    >>> judge("A clock.", ["Bird", "Clock"], reference="Bird", other="Clock").outcome
    'other_modality'
    """
    if error is not None:
        return Judged(Reading("no_answer", None, error), "error", right=False)
    reading = read_answer(answer, options, prompt, ended)
    if reading.kind != "class":
        return Judged(reading, _without_class(reading), right=False)
    meanings: dict[str | None, Outcome] = {caption: "caption", other: "other_modality"}
    if not absent:  # else its class can only be known from the other modality
        meanings[reference] = "grounded"
    named = reading.class_name
    return Judged(reading, meanings.get(named, "other_class"), right=named == reference)


def _without_class(reading: Reading) -> Outcome:
    if reading.kind == "abstained":
        return "abstained"
    return "error" if reading.reason is None else "off_list"  # an empty answer is the model's own


def pair_outcome(
    visual: Outcome, audio: Outcome, *, visual_absent: bool = False, audio_absent: bool = False
) -> PairOutcome:
    """Determine the joint outcome of the visual and the audio answer about a row.

    >>> pair_outcome("grounded", "other_modality")
    'follows_video'
    >>> pair_outcome("abstained", "grounded", visual_absent=True)
    'both'
    """
    if _is_right(visual, visual_absent) and _is_right(audio, audio_absent):
        return "both"
    together: Mapping[tuple[Outcome, Outcome], PairOutcome] = {
        ("grounded", "other_modality"): "follows_video",
        ("other_modality", "grounded"): "follows_audio",
        ("caption", "caption"): "follows_caption",
        ("abstained", "abstained"): "abstains_both",
    }
    return together.get((visual, audio), "other")


def _is_right(outcome: Outcome, absent: bool) -> bool:
    return outcome == ("abstained" if absent else "grounded")
