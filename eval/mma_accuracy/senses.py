"""Attribute the options that an answer names to the sense by which it says to perceive them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from .mentions import Mention

_VISUAL = (
    r"video|visuals?|visually|visible|visibly|see|sees|seen|saw|seeing|shown?|shows|showing|pictures?|pictured|images?|"
    r"frames?|footage|scene|(?<!off-)(?<!off )screen|on-screen|looking at|watch(?:ing)?|depict\w*|sight"
)
_AUDIO = (
    r"audio|audibly|audible|sounds?|sounding|hear|hears|heard|hearing|noises?|listen\w*|soundtrack|acoustics?|aural\w*"
)
_TEXT = r"captions?|text|subtitles?|as described|description says"
_CUE = re.compile(rf"\b(?:(?P<visual>{_VISUAL})|(?P<audio>{_AUDIO})|(?P<text>{_TEXT}))\b")
# "the audio content of this video", "the sound in the clip": one sense, named by its first word.
_OF_THE_VIDEO = re.compile(
    r"\b(audio|sounds?|noises?|visuals?|picture|image)((?: \w+){0,2}?) (?:of|in|from|for|within) (?:the|this|that) "
    r"(?:video|clip|recording|footage|scene)\b"
)
_CLAUSE = re.compile(
    r"[.!?;\n()]|,|\b(?:but|while|whereas|although|though|however|yet|because|since|and|so|therefore|thus)\b"
    r"|\bwith (?=(?:the |a |an )?(?:sounds?|audio|noise))"
)
_SENTENCE = re.compile(r"[.!?;\n]")
_NOT_CUE = re.compile(r"(?:\bnot|n't|\bcannot|\bno|\bwithout) (?:\w+ )?$")
# "bird (visual), clock (audio)"
_TAGGED = re.compile(
    rf" ?[\[(] ?(?:in |from |the )*(?:(?P<visual>{_VISUAL})|(?P<audio>{_AUDIO}))\b[^()\[\]]{{0,20}}[\])]"
)
# "visual: bird / audio: clock", "what I see = clock", {"video": "bird"}; or a heading in a line of its own
_LABEL = re.compile(
    r"\b(?:(?P<visual>visual\w*|video|picture|image|sight|see|seen|on screen)|"
    r"(?P<audio>audio|aurally|sounds?|hear|heard))"
    r"(?:(?: \w+){0,2} ?[\"')\]]* ?[:=]|(?: content| class)? ?(?=\n))"
)
_NOTHING = re.compile(r"\b(?:none|null|nothing|n/?a|no|black|blank|dark|silent|silence|muted?|empty|absent)\b")


def labelled(text: str, mentions: Sequence[Mention]) -> dict[str, str | None] | None:
    """Return what a normalised text has under a label of each sense: an option, or None for nothing.

    Return None if there are no such labels, or several options under one.

    >>> from .mentions import lexicon
    >>> said = "visual: bird / audio: clock"
    >>> labelled(said, lexicon(("Bird", "Clock")).mentions(said))
    {'visual': 'Bird', 'audio': 'Clock'}
    """
    labels = [(m.end(), str(m.lastgroup)) for m in _LABEL.finditer(text)]
    if {sense for _, sense in labels} != {"visual", "audio"} or len(labels) != 2:
        return None
    (first, _), (second, _) = labels
    if any(mention.denied or mention.start < first for mention in mentions):
        return None
    found: dict[str, str | None] = {}
    for (start, sense), end in zip(labels, (second, len(text))):
        options = {m.option for m in mentions if start <= m.start < end}
        if len(options) > 1 or not (options or _NOTHING.search(text, start, end)):
            return None
        found[sense] = options.pop() if options else None
    return found


def senses_of(text: str, mentions: Sequence[Mention]) -> list[str | None]:
    """Return the sense, "visual" or "audio", to which a normalised text attributes each mention; None if to none.

    A mention belongs to the nearest cue ("shows", "audible", ...) of its clause, or of the clauses before it that lead
    up to it ("in the video, a bird ...").

    >>> from .mentions import lexicon
    >>> said = "the video shows a bird, but the audio is a clock"
    >>> senses_of(said, lexicon(("Bird", "Clock")).mentions(said))
    ['visual', 'audio']
    """
    cues = _cues(text)
    borders = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text)]
    sentences = [0, *(m.end() for m in _SENTENCE.finditer(text))]
    found: list[str | None] = []
    earlier = 0  # where the mention before ends
    for mention in mentions:
        tag = _TAGGED.match(text, mention.end)
        if tag:
            found.append(tag.lastgroup)
        else:
            start, end = borders[bisect_right(borders, mention.start) - 1], borders[bisect_left(borders, mention.end)]
            lead = max(earlier, sentences[bisect_right(sentences, mention.start) - 1])
            found.append(_nearest(mention, cues, start, end) or _nearest(mention, cues, lead, mention.start))
        earlier = mention.end
    return found


def _cues(text: str) -> list[tuple[int, int, str]]:
    """List start, end and sense of each cue."""
    blanked = _OF_THE_VIDEO.sub(lambda m: m[1] + m[2] + " " * (len(m[0]) - len(m[1]) - len(m[2])), text)
    return [
        (m.start(), m.end(), str(m.lastgroup))
        for m in _CUE.finditer(blanked)
        if not _NOT_CUE.search(blanked, max(0, m.start() - 20), m.start())
    ]


def _nearest(mention: Mention, cues: Sequence[tuple[int, int, str]], start: int, end: int) -> str | None:
    """Return the sense of the cue that is nearest to a mention, of those that begin in a span."""
    after = bisect_left(cues, (mention.start,))
    near = [cue for cue in cues[max(0, after - 1) : after + 1] if start <= cue[0] < end]
    distances = [cue[0] - mention.end if cue[0] >= mention.end else mention.start - cue[1] for cue in near]
    return near[distances.index(min(distances))][2] if near else None
