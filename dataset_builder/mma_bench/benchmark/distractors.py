"""Distractor texts: a false caption, or a long meaningless context (paper, section 4.1.4, appendix G)."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from mma_bench.core.errors import PairingError


def misleading_class(visual_class: str, audio_class: str, classes: Sequence[str], *, seed: int, clip_id: str) -> str:
    """Draw a class for a false caption, uniformly among those that are neither seen nor heard in the clip.

    Raises:
        PairingError: there is no third class.
    """
    others = sorted(set(classes) - {visual_class, audio_class})
    if not others:
        raise PairingError(
            f"clip {clip_id!r}: a false caption needs a class besides {visual_class!r} and {audio_class!r}; available: "
            f"{', '.join(sorted(set(classes)))}. Add clips of another class or omit the condition misleading_caption."
        )
    return random.Random(f"{seed} caption {clip_id}").choice(others)


def with_caption(asked: str, caption: str) -> str:
    """Prepend a false caption to a question (Figure 20).

    >>> with_caption("Which class ...?", "Vehicle")
    'Video_caption: Vehicle. Which class ...?'
    """
    return f"Video_caption: {caption}. {asked}"


@dataclass(frozen=True)
class LongContext:
    """Random text around a question. The paper appends 10,000 tokens (section 4.1.4); appendix I.4 prepends."""

    tokens: int = 10_000
    unit: Literal["letters", "words"] = "letters"
    position: Literal["append", "prepend"] = "append"


def with_long_context(asked: str, context: LongContext, *, seed: int, clip_id: str) -> str:
    """Append (or prepend) random text to a question; both questions about a clip get the same text.

    >>> with_long_context("Which class ...?", LongContext(tokens=4), seed=0, clip_id="y1")
    'Which class ...? q e p o'
    """
    rng = random.Random(f"{seed} long context {clip_id}")
    vocabulary = string.ascii_lowercase if context.unit == "letters" else _words()
    text = " ".join(rng.choices(vocabulary, k=context.tokens))
    return f"{asked} {text}" if context.position == "append" else f"{text} {asked}"


@cache
def _words() -> tuple[str, ...]:
    return tuple((files("mma_bench") / "data" / "words.txt").read_text(encoding="utf-8").split())
