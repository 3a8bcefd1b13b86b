"""Normalise an answer's text: characters, Markdown, LaTeX, markup around an answer, thinking, an echoed question."""

from __future__ import annotations

import re
import unicodedata

# Typographic quotes and dashes; underscores within class names.
_SAME = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": " - ", "—": " - ", "→": ":", "_": " "}
)
_ESCAPED = re.compile(r"\\([_*#$%&{}()\[\].!~>|`-])")
_LATEX = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|operatorname|mbox)\s*\{([^{}]*)\}")
_COMMAND = re.compile(r"\\[a-z]+")
_MARKUP = re.compile(r"[*`#~$]")
# Scripts without spaces between words: a class beside them stands alone.
_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)")
# An answer in a container is announced: <answer>Bird</answer>, \boxed{Bird}, {"answer": "Bird"}.
_CONTAINERS = (
    re.compile(r"<(answer|class|final[ _]?answer|choice|conclusion)>([^<>]*)</\1>"),
    re.compile(r"\\boxed\s*()\{([^{}]*)\}"),
    re.compile(
        r"[\"'](answer|final[ _]?answer|class|prediction|choice|label|category)[\"']\s*:\s*[\"']?([^\"'{}\n]*)[\"']?"
    ),
)
_ANNOUNCED = r"\nfinal answer: \2\n"
_QUESTION = re.compile(r"\boptions?:? ?\{[^{}]*\}(?: ?\.? ?answer using a single word or phrase\.?)?")


def visible(text: str) -> str:
    """Normalise to Unicode NFKC and remove zero-width characters."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")


def normalised(text: str) -> str:
    """Normalise a text: Unicode form (NFKC), case, quotes, dashes, escapes, markup and invisible characters.

    What stands in a container (`<answer>`, a box of LaTeX, a JSON field) becomes a line that announces it.

    >>> normalised("**Bowed_string\\u00a0Instrument**").strip()
    'bowed string instrument'
    >>> normalised(r"Hence $\\boxed{\\text{Vacuum\\_cleaner}}$.").split()
    ['hence', 'final', 'answer:', 'vacuum', 'cleaner', '.']
    """
    text = _LATEX.sub(r"\1", _ESCAPED.sub(r"\1", visible(text).casefold()))
    for container in _CONTAINERS:
        text = container.sub(_ANNOUNCED, text)
    text = _MARKUP.sub(" ", _COMMAND.sub(" ", text)).translate(_SAME).replace("|", " : ")  # cells of a table
    return re.sub(r"[^\S\n]+", " ", _CJK.sub(r" \1 ", text))


_TAG = re.compile(
    r"[<\[◁][ :]*(/|end of )?(?:begin of )?(?:think(?:ing)?|thought|reasoning|reflection|analysis)[ :]*[>\]▷]"
)


def after_thinking(text: str) -> str | None:
    """Return the normalised text outside `<think>...</think>` and its like; None if the thinking does not end."""
    said: list[str] = []
    at, inside = 0, False
    for tag in _TAG.finditer(text):
        if not inside:
            said.append(text[at : tag.start()])
        if tag[1]:
            if not inside:
                said.clear()  # some chat templates open the thinking in the prompt
            inside = False
        else:
            inside = True
        at = tag.end()
    return None if inside else " ".join([*said, text[at:]])


def without_question(text: str) -> str:
    """Remove the options of a question that an answer repeats.

    >>> without_question("which class? options: {bird, clock}. answer using a single word or phrase. bird").split()[-1]
    'bird'
    """
    return _QUESTION.sub(" ", text)
