"""Whether an answer says yes or no."""

from __future__ import annotations

import re

from mma_accuracy.mentions import normalised
from mma_accuracy.reading import after_thinking
from mma_bench.verification.checks_file import Verdict

_FIRST = re.compile(r"\W*(?:(?:the |my |final )*answer(?: is)?\W+)?(yes|no)\b")
_YES = re.compile(r"\byes\b")
# "Yes, there is no doubt" is a yes: this no belongs to a noun. One that stands alone takes the yes back.
_NO_ALONE = re.compile(r"\bno\b(?=\s*(?:$|[.,;:!?/)\]\"*]))")


def read_verdict(text: str) -> Verdict:
    """What an answer to "Is the Cat clearly visible in this video?" says.

    Its first word counts, whatever its case and punctuation; what was thought before it does not. An answer that begins
    with neither word, or that says both, is unclear: it keeps no clip, and is counted apart.

    >>> read_verdict("Yes, the dog is clearly visible."), read_verdict("**No.**"), read_verdict("NO")
    ('yes', 'no', 'no')
    >>> read_verdict("Yes and no."), read_verdict("There is a dog."), read_verdict("Nothing")
    ('unclear', 'unclear', 'unclear')
    """
    said = after_thinking(normalised(text))
    first = _FIRST.match(said.strip()) if said else None
    if said is None or first is None:
        return "unclear"
    rest = said.strip()[first.end() :]
    if first[1] == "no":
        return "unclear" if _YES.search(rest) else "no"
    return "unclear" if _NO_ALONE.search(rest) else "yes"
