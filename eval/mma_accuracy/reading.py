"""Extract the class named in a free-form answer, without guessing.

Rules in order of application (README.md explains them):

1. Text inside `<think>...</think>` is not read.
2. Only the text after the last "Final Answer:" is read; likewise after "the answer is", if an answer follows.
3. An option is named if it occurs as separate words, in singular or plural, and is not negated.
4. If one option is named, it is the answer. If several are, the answer is the only one that forms a line or sentence
   by itself, if that is the first line, the last line or the first sentence; otherwise no answer is recognised.
5. If no option is named, the answer abstains ("None of the above", a refusal to answer) or is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .abstaining import abstains_explicitly, refuses
from .mentions import Lexicon, lexicon, normalised, visible

Kind = Literal["class", "abstained", "unrecognised", "no_answer"]


@dataclass(frozen=True)
class Reading:
    """Result of reading an answer."""

    kind: Kind
    class_name: str | None
    """The option named if `kind` is "class", else None."""
    why: str
    """Short explanation of the reading, for display."""


def read_answer(text: str | None, options: Sequence[str]) -> Reading:
    """Read a model's raw answer to a question that listed `options`.

    >>> options = ["Bird", "Clock", "Bowed_string_instrument"]
    >>> read_answer("It is a bowed-string instrument.", options).class_name
    'Bowed_string_instrument'
    >>> read_answer("A clock, or a bird.", options).kind
    'unrecognised'
    >>> read_answer("None of the above", options).kind
    'abstained'
    """
    if not visible(text or "").strip():
        return Reading("no_answer", None, "there is no answer")
    thought = after_thinking(normalised(text or ""))
    if thought is None:
        return Reading("unrecognised", None, "it thinks and never answers")
    # Sorted, so that all orders of the same options share one lexicon, which is slow to compile.
    known = lexicon(tuple(sorted(options)))
    return _read(_after_marker(thought, known), known)


_TAG = re.compile(r"<(/?)think(?:ing)?>")


def after_thinking(text: str) -> str | None:
    """Return the text outside `<think>...</think>`; None if the thinking does not end."""
    said: list[str] = []
    at, inside = 0, False
    for tag in _TAG.finditer(text):
        if not inside:
            said.append(text[at : tag.start()])
        if tag[1]:
            if not inside:
                said.clear()  # some chat templates open the thinking in the prompt
            inside = False
        else:
            inside = True
        at = tag.end()
    return None if inside else " ".join([*said, text[at:]])


_MARKER = re.compile(
    r"""(?<!this\ )(?<!that\ )(?P<said_of>\b(?:is|was|as|be)\ )?
    \b(?:the\ |my\ )?(?:final\ (?:answer|class|choice)|(?:(?:correct|best|right|most\ likely)\ )?answer)
    (?: [\s"']*(?:(?P<announced>[:=])|\bis\b(?!\ not\b)|\bwould\ be\b|\bshould\ be\b|\bmust\ be\b|\bwill\ be\b) )+
    (?!\s*<(?:class|your|option|answer)\b)""",
    re.VERBOSE,
)


def _after_marker(text: str, known: Lexicon) -> str:
    """Return the text after the last announcement of an answer; the whole text if there is no announcement."""
    until = len(text)
    for marker in reversed(list(_MARKER.finditer(text))):
        if marker["said_of"]:  # "the bird is the correct answer: ..." announces nothing
            continue
        said = text[marker.end() : until]
        # "My answer is based on the feathers" is no announcement; a colon is one.
        if marker["announced"] or known.named(said) or abstains_explicitly(said) or refuses(said):
            return text[marker.end() :]
        until = marker.start()
    return text


def _read(text: str, known: Lexicon) -> Reading:
    named = known.named(text)
    if abstains_explicitly(text):
        if not named:
            return Reading("abstained", None, "it says none of the options")
        return Reading("unrecognised", None, f"it says none of the options, and names {_listed(named)}")
    if len(named) == 1:
        return Reading("class", named[0], "it names this option and no other")
    if named:
        alone = _standing_alone(text, known)
        if alone is not None:
            return Reading("class", alone, "it names several options, and this one stands alone")
        return Reading("unrecognised", None, f"it names {_listed(named)}")
    if refuses(text):
        return Reading("abstained", None, "it says that it cannot tell, and names no option")
    return Reading("unrecognised", None, "it names no option")


def _standing_alone(text: str, known: Lexicon) -> str | None:
    """Return the only option that is a line or sentence by itself, if it stands first or last; else None."""
    lines = [line for line in text.split("\n") if line.strip()]
    sentences = [s for line in lines for s in re.split(r"(?<=[.!?;:])\s", line) if s.strip()]
    alone = {found for part in (*lines, *sentences) if (found := known.bare(part)) is not None}
    places = (lines[0], lines[-1], sentences[0])
    if len(alone) == 1 and any(known.bare(place) is not None for place in places):
        return alone.pop()
    return None


def _listed(named: Sequence[str]) -> str:
    return ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
