"""Recognise abstentions: answers that reject all options, and refusals to answer."""

from __future__ import annotations

import re

_NONE = re.compile(
    r"""\bnone\ of\ (?:the\ |these\ |those\ |your\ )?
    (?:above|options?|class(?:es)?|choices?|categories|labels|listed|given|provided|available|mentioned|these|those|them)\b
    | \bnot\ (?:any|one)\ of\ the\ (?:above|options|classes|listed|given|provided) | \bnot\ applicable\b | \bno\ match\b
    | ^[^\w\n]*(?:none|n/?a)[^\w\n]*$""",
    re.VERBOSE | re.MULTILINE,
)
_UNABLE = r"can\ ?not|can't|could\ not|couldn't|(?:unable|not\ able|impossible|not\ possible|hard|difficult)\ to"
_PERCEIVE = (
    r"(?:determine|identify|tell|hear|see|recogni[sz]e|describe|answer|classify|perceive|provide|make\ out|say|detect|"
    r"discern|view|listen|watch|access|process|assess|judge|know|choose|select|"
    r"be\ (?:determined|identified|seen|heard))"
)
_THING = (
    r"(?:sounds?|audio|noises?|visuals?|video|image|picture|content|objects?|scene|information|signal|footage|anything)"
)
_REFUSALS = re.compile(
    rf"""\b(?:{_UNABLE})\ (?:\w+\ )?{_PERCEIVE}\b
    | \b(?:no|without(?:\ any)?|lacks?(?:\ any)?)\ (?:\w+\ ){{0,2}}{_THING}\b
    | \b(?:do|does|did)(?:\ not|n't)\ (?:hear|see|perceive|have|contain|show)\b
    | \bnothing\ (?:\w+\ ){{0,2}}(?:visible|audible|heard|seen|shown|visual|there|to\ (?:see|hear))\b
    | \b(?:hear|see|shows?|contains?)\ nothing\b
    | \b(?:completely|entirely|totally|fully|all|just|only|is|remains?|was)\ (?:\w+\ )?
        (?:black|silent|blank|dark|muted?|empty|silence)\b
    | ^\W*(?:silence|silent|black(?:\ screen)?|nothing|unknown|no)\W*$""",
    re.VERBOSE,
)
# "I do not know" counts only if nothing else is said.
_UNSURE = re.compile(
    r"^\W*(?:sorry,? )?(?:i(?:'m| am)? )?(?:\w+ )?(?:do not know|don't know|not (?:\w+ )?sure|unsure|(?:have )?no idea|"
    r"uncertain|not certain)(?: (?!but\b)[\w']+){0,8}\W*$"
)


def abstains_explicitly(text: str) -> bool:
    """Check whether a normalised text says that none of the options fits.

    >>> abstains_explicitly("none of the listed classes fits.")
    True
    """
    return bool(_NONE.search(text))


def refuses(text: str) -> bool:
    """Check whether a normalised text refuses to answer, or reports that there is nothing to see or hear.

    >>> refuses("the video is completely black, so i cannot determine what it shows")
    True
    """
    return bool(_REFUSALS.search(text) or _UNSURE.search(text))
