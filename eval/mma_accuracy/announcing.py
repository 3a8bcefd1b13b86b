"""Find the part of an answer that counts: what it announces, what it corrects itself to, what it begins with."""

from __future__ import annotations

import re
from collections.abc import Callable

from .mentions import Lexicon, Mention

Says = Callable[[str], bool]
"""Tells whether a text says something that counts: an option, or that none fits."""

_ADJECTIVE = (
    r"(?:final|correct|best|right|most\ (?:likely|appropriate|suitable|fitting)|closest|best[ -]matching|overall|own)"
)
_MARKER = re.compile(
    rf"""(?<!this\ )(?<!that\ )(?<!visual\ )(?<!video\ )(?<!audio\ )(?<!sound\ )(?P<said_of>\b(?:is|was|as|be)\ )?
    \b(?:the\ |my\ )?
    (?: (?:{_ADJECTIVE}\ )+ (?P<noun>answer|class|choice|option|category|label|guess|fit|match)
      | (?P<plain>answer|class|choice|classification|prediction|category|label)
      | (?P<verb>\bi(?:'d|'ll|\ would|\ will)?\ (?:choose|select|pick|go\ with)) )
    (?(verb)|(?: [\s"']*(?:(?P<announced>[:=→]|-(?=\ )|(?<=answer)\s*(?=\n))|
        \b(?:is|would|should|must|will|might)\b(?!\ not\b)
        (?:\ (?:be|most\ likely|likely|therefore|probably|clearly)\b)*) )+)
    (?!\s*<(?:class|your|option|answer)\b)""",
    re.VERBOSE,
)


def announced(text: str, says: Says) -> str | None:
    """Return the text after the last announcement of an answer; None if nothing is announced."""
    until = len(text)
    for marker in reversed(list(_MARKER.finditer(text))):
        # "The bird is the correct answer: ..." announces nothing, nor does a second choice or a condition.
        if marker["said_of"] or _NO_ANNOUNCEMENT.search(text, max(0, marker.start() - 80), marker.start()):
            continue
        # "My answer is based on the feathers" is no announcement; a colon is one.
        if (marker["announced"] and (marker["noun"] or marker["plain"] != "class")) or says(text[marker.end() : until]):
            return text[marker.end() :]
        until = marker.start()
    return None


_NO_ANNOUNCEMENT = re.compile(
    r"(?:\b(?:second|alternative|other|another|next|less likely)|'s) $|\bif the question\b[^.()\n]*$"
)


def announced_for_each_sense(text: str, says: Says) -> bool:
    """Check whether a text announces several answers ("by the video, the answer is ...; by the audio, it is ...")."""
    ends = [marker.end() for marker in _MARKER.finditer(text)]
    return sum(says(text[start:end]) for start, end in zip(ends, [*ends[1:], len(text)])) > 1


_CORRECTION = re.compile(
    r"""(?:^|[.!?;,:\n-]\ ?|\ )(?:
        \bwait\b(?=[,.!:;]|\ no\b|\ -) | \bhmm+\b(?:[,.\s]*actually\b)? | (?<=[.!?\n]\ )actually\b
      | (?<=[.!?;,:\n]\ )no(?=[,.;:!]|\ wait|\ sorry) | \bsorry[,:]\ (?:i\ mean[t]?|it's|it\ is)\b
      | \bcorrection\b | \boops\b | \bscratch\ that\b | \bon\ (?:second\ thought|closer\ (?:inspection|listening))\b
      | \blet\ me\ (?:re-?)?(?:listen|look|think|check|watch|consider)\ again\b
    )[\s,.:;!-]*
    | \b(?:at\ first|initially|first)\b[^.!?\n]{0,40}\b(?:thought|thinking|seem\w*|assum\w*|guess\w*|impression)\b
        [^.!?\n]{0,150}?\bbut\b""",
    re.VERBOSE,
)


def corrects(text: str, start: int) -> bool:
    """Check whether a text begins to correct itself after a position."""
    return _CORRECTION.search(text, start) is not None


def corrected(text: str, says: Says) -> str:
    """Return the text after the last self-correction between two statements; the whole text if there is none."""
    until = len(text)
    for marker in reversed(list(_CORRECTION.finditer(text))):
        if says(text[marker.end() : until]):
            return text[marker.end() :] if says(text[: marker.end()]) else text
        until = marker.end()
    return text


LEAD_IN = re.compile(
    r"^[\W\d]*(?:(?:[a-h][.):]|that|of|the|a|an|most likely|likely|probably|class|option|sound of|it is|it's|is)\W*)*$"
)
"""What may stand before an answer that was announced, and before one that begins a text."""
_CONJUNCTION = (
    r"because|since|as|even|although|though|while|whereas|not|but|rather|which|due|given|despite|instead|i|it|the|there|"
    r"this|that|we|so|and\ not|for"
)
REASON = re.compile(
    rf"""\s*(?:["'}}\]>]+\s*)?(?: [.;:!(]+\s* | -\s+ | \n\s* | ,\s*(?=(?:{_CONJUNCTION})\b)
        | (?=(?:because|since|as|even|although|though|while|whereas|not|rather|due|given|but|despite|instead)\b)
        | (?=and\ not\b) )""",
    re.VERBOSE,
)
"""What follows an answer to explain it: a clause, another sentence, or a remark in parentheses."""
_LISTED = re.compile(
    r"^(?:\W|\b(?:a|an|the|and|or|with|plus|also|as|well|both|of|in|then|followed|by|maybe|perhaps|possibly|either|\d+)\b)*$"
)

_COORDINATE = re.compile(r"(?:[&/+]|[\])],?(?: (?:and|or))?) ?(?:a |an |the )?$")
_PREDICATE = re.compile(
    r" (?:is|are|was|were|can|could|only|that|which|being|shown|seen|heard|makes?|does|has|just|merely)\b"
)


def first_with_a_reason(text: str, mentions: list[Mention]) -> str | None:
    """Return the option that begins a text if a reason follows rather than further options; else None.

    >>> from .mentions import lexicon
    >>> read = lambda text: first_with_a_reason(text, lexicon(("Bird", "Clock")).mentions(text))
    >>> read("clock, even though the video shows a bird"), read("clock, bird"), read("clock (bird)")
    ('Clock', None, None)
    """
    if not mentions or mentions[0].denied or not LEAD_IN.match(text[: mentions[0].start]):
        return None
    first = mentions[0]
    others = [m for m in mentions[1:] if m.option != first.option]
    if not REASON.match(text, first.end):
        return None
    if any(_LISTED.match(text[first.end : m.start]) and not _PREDICATE.match(text, m.end) for m in others[:1]):
        return None
    if any(_COORDINATE.search(text[: m.start][-12:]) and not _PREDICATE.match(text, m.end) for m in others):
        return None
    if any(_alike(text, first, mention) for mention in others):
        return None
    return first.option


def _alike(text: str, first: Mention, other: Mention) -> bool:
    """Check whether an option begins a segment as the first one does ("bird: seen; clock: heard")."""
    after = text[first.end :].lstrip()[:1]
    begins = _SEGMENT.search(text, max(0, other.start - 12), other.start) is not None
    return begins and after in tuple(":-(") and text[other.end :].lstrip()[:1] == after


_SEGMENT = re.compile(r"(?:[\n.;,-]|\bvs\.?)[\W\d]*(?:a |an |the )?$")


def standing_alone(text: str, known: Lexicon) -> str | None:
    """Return the only option that is a line or sentence by itself, if it stands first or last; else None."""
    lines = [line for line in text.split("\n") if line.strip()]
    sentences = [s for line in lines for s in re.split(r"(?<!i\.e\.)(?<!e\.g\.)(?<=[.!?;:])\s", line) if s.strip()]
    if not sentences:
        return None
    alone = {found for part in (*lines, *sentences) if (found := known.bare(part)) is not None}
    places = (lines[0], lines[-1], sentences[0], sentences[-1])
    if len(alone) == 1 and any(known.bare(place) is not None for place in places):
        return alone.pop()
    return None
