"""Find the options that a text names as whole words, in any form of the class, and does not deny."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .forms import ACTIONS, FORMS, OTHERS
from .markup import normalised


@dataclass(frozen=True)
class Mention:
    """An option named at a place of a normalised text."""

    option: str
    start: int
    end: int
    denied: bool = False
    contrasted: str | None = None
    """The sense of which it is said although another option is named in contrast ("not the bird in the video")."""


@dataclass(frozen=True)
class Lexicon:
    """The options of a question, compiled for search."""

    options: tuple[str, ...]
    pattern: re.Pattern[str]
    """Pattern that matches an option, in the group `oK_N` for the K-th, or in no group a phrase that names none."""

    def mentions(self, text: str, prompt: str | None = None) -> list[Mention]:
        """List the mentions in a normalised text, in order; what the doer of an action does is no mention.

        Asked about the audio, "is not visible" is no denial; nor, asked about the picture, "is not audible".
        """
        found: list[Mention] = []
        for match in self.pattern.finditer(text):
            if match.lastgroup is None:
                continue
            option = self._option(match.lastgroup)
            if found and option in ACTIONS and _DOES.fullmatch(text, found[-1].end, match.start()):
                found[-1] = replace(found[-1], end=match.end())
                continue
            if found and found[-1].option in ACTIONS and _DONE_BY.fullmatch(text, found[-1].end, match.start()):
                found.pop()  # "a crying cat", "the singing of a bird"
            found.append(Mention(option, match.start(), match.end()))
        return _with_denials(text, found, prompt)

    def named(self, text: str) -> list[str]:
        """List the distinct options that a normalised text names and does not deny, in order of appearance."""
        return list(dict.fromkeys(m.option for m in self.mentions(text) if not m.denied))

    def bare(self, text: str) -> str | None:
        """Return the option that makes up the whole text, decoration and an article aside; None for a question."""
        if len(text) > _LONGEST_BARE or text.rstrip().endswith("?"):
            return None
        match = self.pattern.fullmatch(_TRAIL.sub("", _LEAD.sub("", text)))
        return self._option(match.lastgroup) if match and match.lastgroup else None

    def _option(self, group: str) -> str:
        return self.options[int(group[1 : group.index("_")])]


_LONGEST_BARE = 200  # characters, decoration included
_LEAD = re.compile(r"^\W*(?:(?:\(?\d+|\(?[a-h])[.):]\s*)?\W*(?:(?:a|an|the)\s+)?")
_TRAIL = re.compile(r"\W+$")
# What may stand between who does something and what is done ("a bird can be heard singing"), and the other way round.
_DOES = re.compile(
    r" (?:(?:is|are|was|were|can|be|being|heard|seen|that|who|which|loudly|softly|happily|slowly|"
    r"quietly|chirping and|in the (?:video|audio|clip|image|background)) )*"
)
_DONE_BY = re.compile(r" (?:of (?:a |an |the )?)?")
_REACH = 80
# "not a bird", "I don't think that it is a bird", "I doubt it is a bird", "neither bird", "instead of a bird".
# But not "no doubt a bird", nor "No it is a bird".
_FILLERS = (
    r"a|an|any|the|of|be|to|see|hear|show|contain|depict|include|feature|describe|represent|resemble|look|sound|seem|"
    r"appear|like|really|actually|exactly|necessarily|signs?|visible|audible|class|from|evidence|traces?|indications?|"
    r"hints?|find|notice|detect|identify|'|\""
)
_CLAUSE = r"think|believe|say|showing|it|is|this|that|there|what|i|would|call"
_DENIAL = re.compile(
    rf"""(?:
        (?:\bnot|n't|\bcannot|\bnever|(?<!\bno\ )(?<!\bwithout\ )(?<!\ba\ )(?<!\bany\ )\bdoubt)
        \ (?!only\b)(?:(?:{_FILLERS}|{_CLAUSE})\ ?){{0,8}}
      | (?:\bno|\bneither|\bnor|\bwithout|\brather\ than|\binstead\ of|\bunlike|\bas\ opposed\ to
          |\bdifferent\ from|\bunrelated\ to|\bnothing\ to\ do\ with|\bunlikely|\babsence\ of
          |\b(?:rul|exclud|eliminat)(?:e|es|ed|ing)(?:\ out)?
          |\b(?:doesn't|don't|didn't|(?:does|do|did|could|can|would)\ ?not)\ (?:\w+\ )?
           (?:match|correspond|fit|belong|come|go|agree|align|relate|stem|originate)(?:\ (?:to|with|from))?
        )\ (?:(?:{_FILLERS})\ ?){{0,5}}
    )["'(<\[]?$""",
    re.VERBOSE,
)
_ABSENT = re.compile(
    r"""["']?\ (?:
        (?:(?:is|are|was|were)(?:\ not|n't)|can(?:not|\ not|'t)\ be)\ (?:really\ |actually\ |clearly\ )?
        (?:visible|present|there|audible|heard|seen|shown|right|correct|it)\b
      | (?:is|are|seems)\ (?:wrong|incorrect|absent|unlikely|ruled\ out)\b
      | can\ be\ (?:ruled\ out|eliminated|excluded)\b
      | (?:makes?|made|gives?)\ no\ (?:sound|noise)s?\b)""",
    re.VERBOSE,
)
# What may stand between two items of a list: a comma, a word that joins, an article, up to two items of other words.
_WORD = r"(?!(?:n?or|and)\b)[a-z-]+"
_ITEM = rf"(?:\ ?,\ ?(?:(?:a|an|the)\ )?{_WORD}(?:\ {_WORD})?)"
_JOINED = re.compile(rf"{_ITEM}{{0,2}}\ ?(?:,\ ?)?(?P<word>n?or\ |and\ )?(?:a\ |an\ |the\ )?", re.VERBOSE)


def _with_denials(text: str, found: Sequence[Mention], prompt: str | None) -> list[Mention]:
    """Mark what is denied, also the later items of a list whose first is ("not a cat, a dog or a bird")."""
    listed = _goes_on(text, found)
    marked: list[Mention] = []
    inherited = False
    for mention, goes_on in zip(found, listed):
        before = text[max(0, mention.start - _REACH) : mention.start]
        denials = [m[0] for m in (_DENIAL.search(before), _ABSENT.match(text, mention.end)) if m]
        denied = inherited or any(not _of_the_other_sense(denial, prompt) for denial in denials)
        contrasted = _CONTRAST.search(before) and _SAID_OF.match(text, mention.end)
        marked.append(replace(mention, denied=denied, contrasted=contrasted.lastgroup if contrasted else None))
        inherited = denied and goes_on
    return marked


_CONTRAST = re.compile(
    r"\b(?:match|correspond(?: (?:to|with))?|rather than|instead of|unlike|as opposed to|different from|unrelated to|"
    r"nothing to do with|not(?: of| from)?) (?:the|a|an) $"
)
_SAID_OF = re.compile(
    r" (?:that )?(?:(?:is|are|you|we|i|which) )*(?:(?P<visual>seen?|shown|visible|pictured|on (?:the )?screen|"
    r"in the (?:video|picture|image))|(?P<audio>heard?|audible|in the (?:audio|sound)))\b"
)


def _of_the_other_sense(denial: str, prompt: str | None) -> bool:
    seen, heard = _SEEN.search(denial) is not None, _HEARD.search(denial) is not None
    return seen != heard and (prompt == "audio" if seen else prompt == "visual")


_SEEN, _HEARD = re.compile(r"\b(?:see|seen|visible|shown)\b"), re.compile(r"\b(?:hear|heard|audible)\b")


def _goes_on(text: str, found: Sequence[Mention]) -> list[bool]:
    """Return for each mention whether the next one belongs to its list, which a joining word closes further on."""
    goes_on = [False] * len(found)
    for k in range(len(found) - 2, -1, -1):
        start, end = found[k].end, found[k + 1].start
        join = _JOINED.fullmatch(text, start, end) if end - start <= _REACH else None
        goes_on[k] = join is not None and (join["word"] is not None or goes_on[k + 1])
    return goes_on


@lru_cache(maxsize=4096)
def lexicon(options: tuple[str, ...]) -> Lexicon:
    """Compile the lexicon of a list of options; cached, because the answers of a dataset share their options."""
    forms = [(form.pattern, k) for k, option in enumerate(options) for form in FORMS.get(option, ())]
    names = [(_words(option), k) for k, option in enumerate(options)]
    taken = {pattern for pattern, _ in forms}  # "big cats" is no Cat, but may be another option
    others = [(row.pattern, None) for option in options for row in OTHERS.get(option, ()) if row.pattern not in taken]
    # Longer ones first: an option such as Fire_alarm, then phrases that are no fire, then the words of a fire.
    several = [row for row in names if _SPACE in row[0]]
    single = sorted([*(row for row in names if _SPACE not in row[0]), *forms], key=_length)
    tried = "|".join(
        pattern if k is None else f"(?P<o{k}_{n}>{pattern})"
        for n, (pattern, k) in enumerate([*sorted(several, key=_length), *others, *single])
    )
    return Lexicon(options, re.compile(rf"(?<!\w)(?<!\w-)(?:{tried})(?:'s)?(?!\w)(?!-\w)"))


_SPACE = r"[\s()-]*"


def _length(row: tuple[str, int | None]) -> int:
    return -len(row[0])


def _words(option: str) -> str:
    *first, last = normalised(option).strip().split(" ")
    forms = sorted(_numbers(last), key=len, reverse=True)
    return _SPACE.join([*map(re.escape, first), f"(?:{'|'.join(map(re.escape, forms))})"])


def _numbers(word: str) -> set[str]:
    """Return a word and its candidate singular and plural forms according to the regular rules.

    >>> sorted(_numbers("glass")), sorted(_numbers("cats"))
    (['glass', 'glasses'], ['cat', 'cats', 'catses'])
    """
    forms = {word}
    if word.endswith(("s", "x", "z", "ch", "sh")):
        forms.add(word + "es")
    else:
        forms.add(word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s")
    if word.endswith("ies"):
        forms.add(word[:-3] + "y")
    elif word.endswith(("ches", "shes", "sses", "xes")):
        forms.add(word[:-2])
    elif word.endswith("s") and not word.endswith("ss"):
        forms.add(word[:-1])
    return forms
