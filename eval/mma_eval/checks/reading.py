"""Parse a free-text answer as yes, no or unclear."""

import re

from mma_accuracy.mentions import normalised
from mma_accuracy.reading import after_thinking
from mma_bench.verification.checks_file import JudgeAnswer

_FIRST = re.compile(r"\W*(?:(?:the |my |final )*answer(?: to (?:the|this|that|your) question)?(?: is)?\W+)?(yes|no)\b")
_YES = re.compile(r"\byes\b")
# "Yes, there is no doubt", "No doubt, it is there": this "no" neither denies nor retracts a yes.
_HARMLESS_NO = (
    r"(?:doubt|question|denying|mistake|mistaking|problem|wonder|other|further|additional|background|one else)\b"
)
_NO_DENIAL = re.compile(rf"\s+{_HARMLESS_NO}")
_PERCEIVED = (
    r"(?:visible|audible|seen|heard|see|hear|present|there|shown|appear|clear|clearly|discernible|recogni[sz]able)\b"
)
# Any other "no" retracts a yes, and so does a statement of absence or non-perception; "not moving" does not.
_DENIED = re.compile(
    rf"\bno\b(?!\s+{_HARMLESS_NO})"
    rf"|(?:\b(?:not|never|neither|nor|hardly|barely|cannot)|n't)\b(?:\s*(?:$|[.,;:!?])|(?:\s+\w+){{0,3}}?\s+{_PERCEIVED})"
    r"|\b(?:nothing|none|nowhere|invisible|inaudible|absent)\b"
)


def read_verdict(text: str) -> JudgeAnswer:
    """Parse an answer to a question such as "Is the Cat clearly visible in this video?".

    The first word decides, whatever its case and punctuation; reasoning before the answer is ignored. An answer that
    begins with neither word, contains both, or retracts its yes is unclear: it keeps no clip and is counted separately.

    >>> read_verdict("Yes, the dog is clearly visible."), read_verdict("**No.**"), read_verdict("NO")
    ('yes', 'no', 'no')
    >>> read_verdict("Yes and no."), read_verdict("There is a dog."), read_verdict("Nothing")
    ('unclear', 'unclear', 'unclear')
    >>> read_verdict("Yes, there is no dog."), read_verdict("Yes, there is no doubt."), read_verdict("No doubt.")
    ('unclear', 'yes', 'unclear')
    """
    said = after_thinking(normalised(text))
    first = _FIRST.match(said.strip()) if said else None
    if said is None or first is None:
        return "unclear"
    rest = said.strip()[first.end() :]
    if first[1] == "no":
        return "unclear" if _YES.search(rest) or _NO_DENIAL.match(rest) else "no"
    return "unclear" if _DENIED.search(rest) else "yes"
