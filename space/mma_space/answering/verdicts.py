"""Judge answers, and describe outcomes by words and a sign, so that the page does not rely on colour alone."""

from collections.abc import Mapping

from mma_accuracy.outcomes import judge
from mma_accuracy.reading import read_answer
from mma_bench.core.records import Record, Text
from mma_eval.model import Answer, Question
from mma_space.clips.made_clip import MadeClip


class AnswerVerdict(Record):
    """Judgement of an answer, with texts for the page."""

    outcome: Text
    """Outcome according to the metric; `unjudged` if it depends on a class that is unknown."""
    words: Text
    sign: Text
    """One character that symbolises the outcome."""
    right: bool | None
    """True if the answer is correct; None if undetermined."""
    expected: Text
    """Description of the correct answer; empty if unknown."""
    reading: Text
    """Explanation of how the metric read the answer."""


_NAMES: Mapping[str, Mapping[str, str]] = {
    "visual": {"asked": "picture", "other": "sound", "nothing": "nothing to see"},
    "audio": {"asked": "sound", "other": "picture", "nothing": "nothing to hear"},
}
_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "grounded": ("✓", "grounded in the {asked}"),
    "other_modality": ("⇄", "followed the {other}"),
    "caption": ("❝", "followed the caption"),
    "abstained": ("∅", "abstained, rightly: {nothing}"),
    "other_class": ("✗", "wrong: nothing in the clip is that"),
    "off_list": ("?", "off the list: no single option read in it"),
    "error": ("!", "no answer"),
}
"""Sign and words of each outcome."""


def verdict_of(made: MadeClip, question: Question, answer: Answer) -> AnswerVerdict:
    """Judge an answer about a clip; if the queried modality is absent, only abstention is correct."""
    video, audio = (made.visual_class, made.clip.visual_present), (made.audio_class, made.clip.audio_present)
    (asked, present), (other, other_present) = (video, audio) if question.prompt == "visual" else (audio, video)
    if answer.error is None:
        reading = read_answer(answer.text, question.options, question.prompt, answer.ended)
        may_be_other = other is None and other_present and reading.class_name not in (None, asked if present else None)
        if (asked is None and present) or may_be_other:
            return AnswerVerdict(
                outcome="unjudged",
                words=f"answered {reading.class_name or 'no option'}",
                sign="·",
                right=None,
                expected=asked or "",
                reading=reading.why,
            )
    judged = judge(
        answer.text,
        question.options,
        reference=asked or "",
        other=other if other_present else None,
        caption=made.recipe.caption,
        absent=not present,
        error=answer.error,
        prompt=question.prompt,
        ended=answer.ended,
    )
    outcome, names = judged.outcome, _NAMES[question.prompt]
    right = outcome == ("grounded" if present else "abstained")
    sign, words = _OUTCOMES[outcome]
    if outcome == "abstained" and not right:
        words = "abstained, though there is a {asked}"
    if outcome == "other_class" and not present:
        words = "named something, though there is {nothing}"
    return AnswerVerdict(
        outcome=outcome,
        words=words.format(**names),
        sign=sign,
        right=None if outcome == "error" else right,
        expected=(asked or "") if present else f"to abstain: there is {names['nothing']}",
        reading=judged.reading.why,
    )
