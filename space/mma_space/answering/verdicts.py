"""What an answer was, in plain words, with a sign and a colour: never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mma_accuracy.outcomes import judge
from mma_accuracy.reading import read_answer
from mma_bench.benchmark.prompts import Prompt
from mma_eval.model import Answer, Question
from mma_space.clips.made_clip import MadeClip


@dataclass(frozen=True)
class Verdict:
    """An answer judged."""

    outcome: str
    """One of the metric's outcomes; unjudged where that depends on what nobody said of the clip."""
    words: str
    sign: str
    right: bool | None
    """Whether it is what should be answered; None where that is not known."""
    expected: str
    """What would be right, in words; empty where nobody said."""
    reading: str
    """What was read in the answer, and why."""


_SIGNS: Mapping[str, str] = {
    "grounded": "✓",
    "other_modality": "⇄",
    "caption": "❝",
    "abstained": "∅",
    "other_class": "✗",
    "off_list": "?",
    "error": "!",
    "unjudged": "·",
}


def verdict_of(made: MadeClip, question: Question, answer: Answer) -> Verdict:
    """Judge an answer about a clip.

    Where the modality asked about is not there, abstaining is right, and so is nothing else.
    """
    prompt = question.prompt
    asked, other = _senses(made, prompt)
    if answer.error is None and _is_unknown(asked, other, answer, question):
        reading = read_answer(answer.text, question.options)
        named = reading.class_name or "no option"
        return Verdict("unjudged", f"answered {named}", _SIGNS["unjudged"], None, asked.shown or "", reading.why)
    judged = judge(
        answer.text,
        question.options,
        reference=asked.shown or "",
        other=other.shown if other.present else None,
        caption=made.recipe.caption,
        absent=not asked.present,
        error=answer.error,
    )
    outcome = judged.outcome
    right = outcome == "abstained" if not asked.present else outcome == "grounded"
    words = _WORDS[outcome].format(**_NAMES[prompt])
    if outcome == "abstained" and not right:
        words = f"abstained, though there is a {_NAMES[prompt]['asked']}"
    if outcome == "other_class" and not asked.present:
        words = f"named something, though there is {_NAMES[prompt]['nothing']}"
    expected = (asked.shown or "") if asked.present else f"to abstain: there is {_NAMES[prompt]['nothing']}"
    return Verdict(outcome, words, _SIGNS[outcome], None if outcome == "error" else right, expected, judged.reading.why)


def _is_unknown(asked: _Sense, other: _Sense, answer: Answer, question: Question) -> bool:
    """Whether what the answer is depends on a class that nobody told."""
    if asked.present and asked.shown is None:
        return True
    named = read_answer(answer.text, question.options).class_name
    return other.present and other.shown is None and named not in (None, asked.shown if asked.present else None)


@dataclass(frozen=True)
class _Sense:
    shown: str | None
    present: bool


def _senses(made: MadeClip, prompt: Prompt) -> tuple[_Sense, _Sense]:
    """The one asked about, and the other."""
    picture = _Sense(made.shows, made.clip.visual_present)
    sound = _Sense(made.sounds_like, made.clip.audio_present)
    return (picture, sound) if prompt == "visual" else (sound, picture)


_NAMES: Mapping[str, Mapping[str, str]] = {
    "visual": {"asked": "picture", "other": "sound", "nothing": "nothing to see"},
    "audio": {"asked": "sound", "other": "picture", "nothing": "nothing to hear"},
}
_WORDS: Mapping[str, str] = {
    "grounded": "grounded in the {asked}",
    "other_modality": "followed the {other}",
    "caption": "followed the caption",
    "abstained": "abstained, rightly: {nothing}",
    "other_class": "wrong: nothing in the clip is that",
    "off_list": "off the list: no single option read in it",
    "error": "no answer",
}
