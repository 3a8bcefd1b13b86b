"""Decide what counts of an answer that the model did not end itself: it was cut off, filtered or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from .abstaining import abstains_explicitly, refuses
from .announcing import LEAD_IN, REASON, corrects, first_with_a_reason
from .markup import normalised
from .mentions import Lexicon, Mention

Ended = Literal["stop", "length", "filter", "refusal"]
ENDED: Mapping[Ended, str] = {
    "stop": "the model ended its answer",
    "length": "it was cut off at the limit of tokens",
    "filter": "a content filter withheld it",
    "refusal": "the model or its server refused",
}
"""Why an answer ended, with explanations."""

How = Literal["labelled", "marked", "plain"]
"""How an answer says what it names: under a label of each sense, after a marker ("the answer is"), or by itself."""


def announced_before_the_end(said: str, option: str | None, known: Lexicon, how: How) -> bool:
    """Check whether an answer that broke off had announced the option that its normalised text names (None: no option).

    What is named in passing on the way to an answer is not announced, nor is a name that may have gone on.

    >>> from .mentions import lexicon
    >>> known = lexicon(("Bird", "Clock", "Vehicle", "Vehicle_horn"))
    >>> announced_before_the_end("bird. the video shows a small", "Bird", known, "plain")
    True
    >>> [announced_before_the_end(said, "Bird", known, "plain") for said in ("the video shows a bird on a", "bird,")]
    [False, False]
    >>> announced_before_the_end("vehicle", "Vehicle", known, "marked")
    False
    """
    if option is None:
        return not corrects(said, 0) and _first_sentence_abstains(said)
    said = _CORRECTING.sub("", said)
    mentions = known.mentions(said)
    named = next((mention for mention in mentions if mention.option == option and not mention.denied), None)
    if named is None or _may_go_on(said, named, known) or corrects(said, named.end):
        return False
    if how == "labelled":
        return True
    if how == "marked":
        before = said[: named.start]
        in_its_sentence = not _SENTENCE_END.search(before.strip()) and _SENTENCE_END.search(said, named.end)
        return bool(LEAD_IN.match(before) or in_its_sentence)
    if _ITEM.match(said):
        return False
    if _BEST.search(said, max(0, named.start - 120), named.start) and REASON.match(said, named.end):
        return True
    return known.bare(said) is not None or first_with_a_reason(said, mentions) is not None


# What begins a correction, and a list.
_CORRECTING = re.compile(r"^\W*(?:(?:no|sorry|actually|oops|rather|so)\b\W*)+")
_ITEM = re.compile(r"\s*(?:\d+ ?[.)]|[-•])\s")
# "The class that best describes the sound is", "best classified as", "this is", "I'd say"
_BEST = re.compile(
    r"(?:\bbest\b[^.!?;\n]{0,60}?\b(?:is|as)|^\W*(?:i(?:'d| would) say|this is))[\s\"':]+(?:(?:a|an|the) )?[\"']?$"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_NEXT_ITEM = re.compile(r"[^\w\n]*\n\W*(?:\d|-|•|$)")
_CONTINUED = re.compile(r"[\"')\]]*\s*(?:[,/&+]|(?:and|or)\b)")


def _may_go_on(said: str, named: Mention, known: Lexicon) -> bool:
    """Check whether an option may be the beginning of a longer one, or an item of a list."""
    fragment = said[named.start :].rstrip()
    if any(name != fragment and name.startswith(fragment) for name in _names(known.options)):
        return True
    if _NEXT_ITEM.match(said, named.end) and said[: named.start].rstrip()[-1:] in tuple("0123456789.)-•"):
        return True
    return not REASON.match(said, named.end) and _CONTINUED.match(said, named.end) is not None


@lru_cache(maxsize=4096)
def _names(options: tuple[str, ...]) -> tuple[str, ...]:
    """Normalise the names of options; cached, because the answers of a dataset share their options."""
    return tuple(normalised(option).strip() for option in options)


def _first_sentence_abstains(said: str) -> bool:
    """Check whether the first sentence abstains: no condition, no question, and nothing after a "but"."""
    end = _SENTENCE_END.search(said.lstrip())
    first = said.lstrip()[: end.end()] if end else said
    if _HYPOTHETICAL.search(first):
        return False
    beginning = first.partition(",")[0]
    if abstains_explicitly(beginning) and len(beginning.split()) <= _WORDS_OF_NONE:
        return True
    last_clause = _BUT.split(first)[-1]
    return abstains_explicitly(last_clause) or (end is not None and refuses(last_clause))


_HYPOTHETICAL = re.compile(r"^\W*(?:if|whether|unless)\b|\?\s*$")
_BUT = re.compile(r"\b(?:but|however)\b")
_WORDS_OF_NONE = 5  # "none of the listed classes"
