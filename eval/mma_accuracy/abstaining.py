"""Recognise abstentions: answers that reject all options, and refusals to answer."""

from __future__ import annotations

import re

_NONE = re.compile(
    r"""\bnone[ -]of[ -](?:the\ |these\ |those\ |your\ |the[ -](?=above))?(?:\d+\ |listed\ |given\ |provided\ )?
    (?:above|options?|class(?:es)?|choices?|categories|labels|listed|given|provided|available|mentioned|these|those|them)\b
    | \bnone\ (?:match|fit|appl)(?:es|y|s)?\b
    | \bno\ (?:matching|suitable|fitting)\ (?:class|option|category|label)\b
    | \bno\ (?:class|option|category|label)\ (?:matches|fits|applies)\b
    | \b(?:not|n't)\ (?:correspond\ to|match|fit|belong\ to)\ any\ of\ the\b
    | \bnot\ (?:any|one)\ of\ the\ (?:above|options|classes|listed|given|provided) | \bnot\ applicable\b
    | ^[^\w\n]*(?:none|n/?a|no\ match)[^\w\n]*$""",
    re.VERBOSE | re.MULTILINE,
)
_UNABLE = (
    r"can\ ?not|can't|could\ not|couldn't|(?:unable|not\ able|impossible|not\ possible|hard|difficult)\ to|"
    r"(?:not|n't)\ have\ the\ ability\ to"
)
_PERCEIVE = (
    r"(?:determine|identify|tell|hear|see|recogni[sz]e|describe|answer|classify|perceive|provide|make\ out|say|detect|"
    r"discern|view|listen|watch|access|process|assess|judge|know|choose|select|"
    r"be\ (?:determined|identified|seen|heard))"
)
_THING = (
    r"(?:sounds?|audio|noises?|visuals?|video|image|picture|content|objects?|scene|information|signal|footage|anything)"
)
_SHOWN = r"(?:screen|video|clip|frames?|image|picture|footage|visuals?|scene|everything|it|audio|track|sound|recording)"
_DARK = r"(?:black|dark|darkness|blank|empty|silent|silence|muted?|inaudible|missing|absent|unavailable|not\ available)"
_REFUSALS = re.compile(
    rf"""\b(?:{_UNABLE})\ (?:\w+\ )?{_PERCEIVE}\b
    | \b(?:no|without(?:\ any)?|lacks?(?:\ any)?)\ (?!(?:any\ )?(?:other|further|additional|background|music|speech)\b)
        (?:\w+\ ){{0,2}}{_THING}\b
    | \b(?:do|does|did)(?:\ not|n't)\ (?:hear|see|perceive|have|contain|show)\ (?:any\ )?(?:{_THING}|it|what|thing)\b
    | \b(?:do|does|did)(?:\ not|n't)\ (?:hear|see|perceive)\b(?=\W*$)
    | \b(?:black|blank)\ screen\b | \b(?:complete|total|absolute)\ silence\b
    | \bthere\ is\ (?:only\ |just\ )?silence\b
    | \bnothing\ (?:\w+\ ){{0,2}}
        (?:visible|audible|heard|seen|shown|visual|there|to\ (?:see|hear)|on\ (?:the\ )?screen)\b
    | \b(?:hear|see|shows?|contains?)\ (?:nothing|(?:only|just)\ (?:black|dark(?:ness)?|silence))\b
    | \b{_SHOWN}\ (?:content\ |track\ |stream\ )?(?:is|are|was|were|remains?|goes|appears?|seems?)\ (?:\w+\ ){{0,2}}
        {_DARK}\b(?!\ and\ white)
    | \b(?:it's|nothing\ but)\ (?:\w+\ ){{0,2}}{_DARK}\b(?=\W*$|[.,;!]|\ (?:screen|video|frame|image))
    | \b(?:completely|entirely|totally|fully|all|just|only)\ (?:\w+\ )?(?:silent|blank|muted?|silence)\b
    | \b(?:insufficient|not\ enough)\ (?:\w+\ )?(?:information|evidence|data|context)\b
    | \b{_SHOWN}\ (?:not\ available|unavailable|missing|inaudible)\b
    | ^\W*(?:(?:a|the|an)\ )?(?:(?:completely\ |totally\ |entirely\ )?
        (?:silence|silent|muted?|blank|black|dark(?:ness)?|empty|inaudible)
        (?:\ (?:screen|video|frames?|image|audio|clip))?
        |nothing|unknown|undetermined|indeterminate|unclear|inconclusive|unidentifiable|no)\W*$""",
    re.VERBOSE,
)
# "I do not know" counts only if nothing else is said.
_UNSURE = re.compile(
    r"^\W*(?:sorry,? )?(?:i(?:'m| am)? )?(?:\w+ )?(?:do not know|don't know|not (?:\w+ )?sure|unsure|(?:have )?no idea|"
    r"uncertain|not certain)(?: (?!but\b)[\w']+){0,8}\W*$"
)
_POLICY = re.compile(
    r"""\b(?:can(?:not|\ not|'t)|could\ not|won't|unable\ to|not\ able\ to)\ (?:\w+\ )?
        (?:assist|help|comply|fulfil?l|discuss|engage|continue|support\ (?:that|this|your))\b
    | \b(?:content|safety|usage)\ (?:policy|policies|guidelines|filter)\b
    | \bagainst\ (?:my|our|the)\ (?:\w+\ )?(?:policy|policies|guidelines|rules)\b""",
    re.VERBOSE,
)
_GUESS = re.compile(
    r"""\bif\ i\ (?:had|have)\ to\b | \bguess\b | \bi(?:'d|\ would)\ (?:say|go\ with)\b | \bbased\ on\b
    | \bjudging\ (?:by|from)\b | (?<!\()\bclosest\b | \bi\ will\ answer\b""",
    re.VERBOSE,
)
# "It is hard to say, but I think it is a violin" describes something that is on no list.
_DESCRIPTION = re.compile(r"\b(?:but|though|however|still),? (?:my|i|it|this|that|the) ")


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
    >>> refuses("it is hard to say exactly, but i think it is a violin")
    False
    """
    found = _REFUSALS.search(text)
    if found is None:
        return bool(_UNSURE.search(text))
    return not guesses(text) and _DESCRIPTION.search(text, found.start()) is None


def cannot_tell(text: str) -> bool:
    """Check whether a normalised text says of a sense that there is nothing to perceive, whatever else it says.

    >>> cannot_tell("i can't hear the audio, but i can see a cat")
    True
    """
    return bool(_REFUSALS.search(text)) and not guesses(text)


def guesses(text: str) -> bool:
    """Check whether a normalised text goes on to guess after a refusal."""
    return bool(_GUESS.search(text))


def declines(text: str) -> bool:
    """Check whether a normalised text declines for a policy or a filter, which says nothing about the clip.

    >>> declines("i'm sorry, i can't assist with that.")
    True
    """
    return bool(_POLICY.search(text))
