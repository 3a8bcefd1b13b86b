"""Extract the class named in a free-form answer, without guessing.

Rules in order of application (README.md explains them):

1. Thinking and the options of a repeated question are not read.
2. Of an answer that is announced ("Final Answer:", "the answer is", `<answer>`, a box, a JSON field), what follows the
   last announcement is read; of one that corrects itself, what follows the correction.
3. An option is named if it occurs as separate words, in a form of the class, and is not denied.
4. "None of the above" abstains, and so does a refusal about the sense that was asked, unless a guess follows it.
5. If one option is named, it is the answer. If several are, the answer is the one that stands alone, or that is said
   first and followed by a reason; or else, if the prompt is known, the only one attributed to the sense that was asked.
6. If no option is named, the answer abstains (a refusal) or is not recognised.
7. Of an answer that was cut off, filtered or refused, only what it had announced counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .abstaining import abstains_explicitly, cannot_tell, declines, guesses, refuses
from .announcing import announced, announced_for_each_sense, corrected, first_with_a_reason, standing_alone
from .ending import ENDED, Ended, How, announced_before_the_end
from .markup import after_thinking, normalised, visible, without_question
from .mentions import Lexicon, Mention, lexicon
from .senses import labelled, senses_of

Kind = Literal["class", "abstained", "unrecognised", "no_answer"]

READING = 3
"""Version of these rules, increased whenever an answer may be read differently."""

Reason = Literal["empty", "cut_off", "filtered", "declined", "unfinished", "several_options", "no_option"]
REASONS: Mapping[Reason, str] = {
    "empty": "it is empty",
    "cut_off": "it was cut off at the limit of tokens before it announced an answer",
    "filtered": "a content filter withheld it",
    "declined": "it declines to answer, for a policy or a filter",
    "unfinished": "it thinks and never answers",
    "several_options": "it names several options",
    "no_option": "it names no option",
}
"""Why an answer was not recognised, with explanations; rates of off-list answers are in this order."""
_BROKEN_OFF: Mapping[Ended, Reason] = {"length": "cut_off", "filter": "filtered", "refusal": "declined"}


@dataclass(frozen=True)
class Reading:
    """Result of reading an answer."""

    kind: Kind
    class_name: str | None
    """The option named if `kind` is "class", else None."""
    why: str
    """Short explanation of the reading, for display."""
    reason: Reason | None = None
    """Why no answer was recognised: if `kind` is "unrecognised", or "no_answer" for an empty text; else None."""
    attributed: bool = False
    """Whether the answer names several options, and this is the one that it attributes to the sense asked about."""


def read_answer(
    text: str | None, options: Sequence[str], prompt: str | None = None, ended: Ended | None = None
) -> Reading:
    """Read a model's raw answer to a question that listed `options`.

    Args:
        text: the answer; None if there is none, unless `ended` says why it is empty.
        options: the classes that the question listed.
        prompt: the sense asked about, "visual" or "audio". Without it, no answer is read by attribution.
        ended: why the answer ended; None if unknown. The text alone cannot tell whether it was cut off.

    >>> options = ["Bird", "Clock", "Bowed_string_instrument"]
    >>> read_answer("It is a bowed-string instrument.", options).class_name
    'Bowed_string_instrument'
    >>> read_answer("A clock, or a bird.", options).kind
    'unrecognised'
    >>> read_answer("None of the above", options).kind
    'abstained'
    >>> said = "The video shows a bird, but the audio is a clock."
    >>> [read_answer(said, options, prompt).class_name for prompt in (None, "visual", "audio")]
    [None, 'Bird', 'Clock']
    >>> read_answer("The video shows a bird, but the", options, "audio", ended="length").reason
    'cut_off'
    """
    if text is None and ended is None:
        return Reading("no_answer", None, "there is no answer")
    broken_off = _BROKEN_OFF.get(ended) if ended else None
    if not visible(text or "").strip():
        return _unrecognised(broken_off) if broken_off else Reading("no_answer", None, REASONS["empty"], "empty")
    thought = after_thinking(normalised(text or ""))
    if thought is None:
        return _unrecognised(broken_off or "unfinished")
    # Sorted, so that all orders of the same options share one lexicon, which is slow to compile.
    known = lexicon(tuple(sorted(options)))
    reading, said, how = _read_whole(without_question(thought), known, prompt)
    if ended is None or broken_off is None:
        return reading
    counts = reading.kind == "class" or (reading.kind == "abstained" and ended == "length")
    if counts and announced_before_the_end(said, reading.class_name, known, how):
        return replace(reading, why=f"{reading.why}; then {ENDED[ended]}")
    return _unrecognised(broken_off)


def _unrecognised(reason: Reason, why: str | None = None) -> Reading:
    return Reading("unrecognised", None, why or REASONS[reason], reason)


def _read_whole(whole: str, known: Lexicon, prompt: str | None) -> tuple[Reading, str, How]:
    """Read a normalised text; return the reading, the part of the text that counts, and how that says it."""

    def says(part: str) -> bool:
        return bool(known.named(part)) or abstains_explicitly(part) or refuses(part)

    final = announced(whole, says)
    if final is None and (by_label := labelled(whole, known.mentions(whole))):
        return _of_the_label(by_label, prompt), whole, "labelled"
    if final is not None and announced_for_each_sense(whole, says):
        mentions = known.mentions(whole)
        senses = senses_of(whole, mentions)
        both = {sense: _attributed(mentions, senses, sense) for sense in ("visual", "audio")}
        if all(both.values()):
            return _of_the_label(both, prompt), final, "marked"
    said = corrected(whole if final is None else final, says)
    return _read(said, known, prompt), said, "marked" if said is final else "plain"


def _of_the_label(by_label: Mapping[str, str | None], prompt: str | None) -> Reading:
    """Read an answer that says which option, if any, is seen and which is heard."""
    named = list(dict.fromkeys(option for option in by_label.values() if option))
    if not named or (prompt and by_label[prompt] is None):
        return Reading("abstained", None, "it says that there is nothing of what was asked about")
    if len(named) == 1:
        return Reading("class", named[0], "it names this option and no other")
    why = f"it names {by_label['visual']} of the picture and {by_label['audio']} of the sound"
    if prompt is None:
        return _unrecognised("several_options", why)
    return Reading("class", by_label[prompt], why, attributed=True)


def _read(text: str, known: Lexicon, prompt: str | None) -> Reading:
    mentions = known.mentions(text, prompt)
    named = list(dict.fromkeys(m.option for m in mentions if not m.denied))
    if not named:
        return _without_options(text)
    senses = senses_of(text, mentions)
    elsewhere = {s for m, s in zip(mentions, senses) if not m.denied}
    of_the_other = prompt is not None and None not in elsewhere and prompt not in elsewhere
    if abstains_explicitly(text) and not guesses(text):
        if of_the_other or _none_first(text[: mentions[0].start]):
            return Reading("abstained", None, "it says none of the options")
        return _unrecognised("several_options", f"it says none of the options, and names {_listed(named)}")
    if of_the_other and cannot_tell(text):
        return Reading("abstained", None, f"it says that it cannot tell, and names {_listed(named)} of the other sense")
    if len(named) == 1:
        contrasted = {m.option for m in mentions if m.contrasted and m.contrasted == prompt} - {*named}
        if of_the_other and len(contrasted) == 1:
            why = f"it names {named[0]} of the other sense, in contrast to this one"
            return Reading("class", contrasted.pop(), why, attributed=True)
        return Reading("class", named[0], "it names this option and no other")
    alone = standing_alone(text, known)
    if alone is not None:
        return Reading("class", alone, "it names several options, and this one stands alone")
    first = first_with_a_reason(text, mentions)
    if first is not None:
        return Reading("class", first, "it names several options, this one first, and then says why")
    of_the_sense = _attributed(mentions, senses, prompt)
    if of_the_sense is not None:
        why = f"it names {_listed(named)}, and this one of the {prompt} content"
        return Reading("class", of_the_sense, why, attributed=True)
    return _unrecognised("several_options", f"it names {_listed(named)}")


def _none_first(before: str) -> bool:
    """Check whether "none" ends its sentence, or is followed by a remark in parentheses, before an option is named."""
    _, none, rest = before.partition("none")
    return bool(none) and re.search(r"[.;\n(]", rest) is not None


def _attributed(mentions: Sequence[Mention], senses: Sequence[str | None], prompt: str | None) -> str | None:
    """Return the only option attributed to the sense asked about, if all others are attributed to the other one."""
    asked, other = set[str](), set[str]()
    for mention, sense in zip(mentions, senses):
        if mention.denied:
            continue
        if sense is None:
            return None
        (asked if sense == prompt else other).add(mention.option)
    return asked.pop() if len(asked) == 1 and not asked & other else None


def _without_options(text: str) -> Reading:
    if abstains_explicitly(text):
        return Reading("abstained", None, "it says none of the options")
    if declines(text):
        return _unrecognised("declined")
    if refuses(text):
        return Reading("abstained", None, "it says that it cannot tell, and names no option")
    return _unrecognised("no_option")


def _listed(named: Sequence[str]) -> str:
    return ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
