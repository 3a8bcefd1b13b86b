"""Shorten questions for a contact sheet: keep the question, elide long option lists and additions."""

import re

from mma_bench.dataset.contact_sheet.page import Run

_QUESTION = re.compile(
    r"(?P<before>.*?)(?P<asked>Which class best [^{}]*)\{(?P<options>[^{}]*)\}(?P<rest>[^{}]*?single word or phrase\.)"
    r"(?P<after>.*)",
    re.DOTALL,
)
_OPTIONS_CHARACTERS = 120
_DISTRACTOR_CHARACTERS = 90
_PLAIN_CHARACTERS = 260


def question_runs(asked: str) -> tuple[Run, ...]:
    """Split a prompt into runs, marking text that a condition added before or after the question as changed.

    >>> [run.text for run in question_runs("Which class best fits? Options: {A, B}. Use a single word or phrase. q z")]
    ['Which class best fits? Options: {A, B}. Use a single word or phrase.', 'q z']
    """
    parts = _QUESTION.fullmatch(asked)
    if parts is None:
        return (Run(shortened(asked, _PLAIN_CHARACTERS)),)
    options = ", ".join(shortened_list(parts["options"].split(", "), _OPTIONS_CHARACTERS))
    runs = (
        Run(shortened(parts["before"].strip(), _DISTRACTOR_CHARACTERS), changed=True),
        Run(f"{parts['asked']}{{{options}}}{parts['rest']}"),
        Run(shortened(parts["after"].strip(), _DISTRACTOR_CHARACTERS), changed=True),
    )
    return tuple(run for run in runs if run.text)


def added_words(asked: str) -> int:
    """Count the words before and after the question itself."""
    parts = _QUESTION.fullmatch(asked)
    return len(f"{parts['before']} {parts['after']}".split()) if parts else 0


def shortened(text: str, characters: int) -> str:
    """Elide the middle of a text to about `characters`, giving the number of omitted words.

    >>> shortened("a b c d e f g h i j k l m n o p q r s t u v w x y z", 20)
    'a b c d e … 16 more … v w x y z'
    """
    if len(text) <= characters:
        return text
    half = characters // 2
    start, end = text[:half].rsplit(" ", 1)[0], text[-half:].split(" ", 1)[-1]
    left_out = len(text.split()) - len(start.split()) - len(end.split())
    return f"{start} … {left_out:,} more … {end}" if left_out > 0 else f"{text[:half]}…{text[-half:]}"


def shortened_list(names: list[str], characters: int) -> list[str]:
    """Elide the middle of a list of names, giving the number of omitted names.

    >>> shortened_list(["Accordion", "Bird", "Clock", "Door", "Wind"], 18)
    ['Accordion', '… 3 more …', 'Wind']
    """
    if len(names) < 3 or len(", ".join(names)) <= characters:
        return names
    kept, used = 1, len(names[0]) + len(names[-1])
    while kept < len(names) - 2 and used + len(names[kept]) + 2 <= characters:
        used += len(names[kept]) + 2
        kept += 1
    return [*names[:kept], f"… {len(names) - kept - 1} more …", names[-1]]
