"""Find the options that a text names as whole words, in the singular or plural, and does not negate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# Typographic quotes and dashes, Markdown around words, underscores within class names.
_SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": " - ", "_": " "})
_MARKUP = re.compile(r"[*`#~]|\\[a-z]+")


def normalised(text: str) -> str:
    """Normalise a text: Unicode form (NFKC), case, quotes, dashes, markup and invisible characters.

    >>> normalised("**Bowed_string\\u00a0Instrument**").strip()
    'bowed string instrument'
    """
    return re.sub(r"[^\S\n]+", " ", _MARKUP.sub(" ", visible(text).casefold().translate(_SAME)))


def visible(text: str) -> str:
    """Normalise to Unicode NFKC and remove zero-width characters."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")


@dataclass(frozen=True)
class Lexicon:
    """The options of a question, compiled for search."""

    options: tuple[str, ...]
    pattern: re.Pattern[str]
    """Pattern that matches any option, with one group per option; longer options are tried first."""

    def named(self, text: str) -> list[str]:
        """List the distinct options that a normalised text names without negation, in order of appearance."""
        return list(dict.fromkeys(option for option, denied in self._mentions(text) if not denied))

    def bare(self, text: str) -> str | None:
        """Return the option that makes up the whole text, decoration and an article aside; None for a question."""
        if len(text) > _LONGEST_BARE or text.rstrip().endswith("?"):
            return None
        match = self.pattern.fullmatch(_TRAIL.sub("", _LEAD.sub("", text)))
        return self._option(match) if match else None

    def _mentions(self, text: str) -> Iterator[tuple[str, bool]]:
        end, denied = 0, False
        for match in self.pattern.finditer(text):
            joined = denied and _OR.fullmatch(text, end, match.start()) is not None
            before = text[max(0, match.start() - _REACH) : match.start()]
            denied = joined or bool(_DENIAL.search(before)) or bool(_ABSENT.match(text, match.end()))
            end = match.end()
            yield self._option(match), denied

    def _option(self, match: re.Match[str]) -> str:
        return self.options[int(str(match.lastgroup)[1:])]


_LONGEST_BARE = 200  # characters, decoration included
_LEAD = re.compile(r"^\W*(?:\(?\d+[.):]\s*)?\W*(?:(?:a|an|the)\s+)?")
_TRAIL = re.compile(r"\W+$")
_REACH = 60
# "not a bird", "I don't think that it is a bird", "I doubt it is a bird", "neither bird", "instead of a bird".
# But not "no doubt a bird", nor "No it is a bird".
_FILLERS = (
    r"a|an|any|the|of|be|to|see|hear|show|contain|depict|include|feature|describe|represent|resemble|look|sound|seem|"
    r"appear|like|really|actually|exactly|necessarily|signs?|visible|audible|class|from|'|\""
)
_CLAUSE = r"think|believe|say|showing|it|is|this|that|there|what|i|would|call"
_DENIAL = re.compile(
    rf"""(?:
        (?:\bnot|n't|\bcannot|\bnever|(?<!\bno\ )(?<!\bwithout\ )(?<!\ba\ )(?<!\bany\ )\bdoubt)
        \ (?:(?:{_FILLERS}|{_CLAUSE})\ ?){{0,8}}
      | (?:\bno|\bneither|\bnor|\bwithout|\brather\ than|\binstead\ of|\bunlike)\ (?:(?:{_FILLERS})\ ?){{0,5}}
    )["'(<\[]?$""",
    re.VERBOSE,
)
_OR = re.compile(r"\s*,?\s*\bn?or\s+(?:a|an|the)?\s*")
_ABSENT = re.compile(
    r"""["']?\ (?:
        (?:(?:is|are|was|were)(?:\ not|n't)|can(?:not|\ not|'t)\ be)\ (?:really\ |actually\ |clearly\ )?
        (?:visible|present|there|audible|heard|seen|shown|right|correct|it)\b
      | (?:is|are|seems)\ (?:wrong|incorrect|absent)\b)""",
    re.VERBOSE,
)


@lru_cache(maxsize=4096)
def lexicon(options: tuple[str, ...]) -> Lexicon:
    """Compile the lexicon of a list of options; cached, because the answers of a dataset share their options."""
    longest_first = sorted(range(len(options)), key=lambda k: -len(options[k]))
    either = "|".join(f"(?P<o{k}>{_words(options[k])})" for k in longest_first)
    return Lexicon(options, re.compile(rf"(?<!\w)(?<!\w-)(?:{either})(?:'s)?(?!\w)(?!-\w)"))


def _words(option: str) -> str:
    *first, last = normalised(option).strip().split(" ")
    forms = sorted(_numbers(last), key=len, reverse=True)
    return r"[\s()-]*".join([*map(re.escape, first), f"(?:{'|'.join(map(re.escape, forms))})"])


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
