"""What tiny-omni is asked while it learns to read its towers: single senses and aligned clips, never a conflict."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mma_bench.prompts import Prompt, Variant, as_variant, question
from mma_eval.tiny_omni.tokenizer import existence_question

Senses = Literal["picture", "sound", "both"]


@dataclass(frozen=True)
class Kind:
    """A kind of example."""

    senses: Senses
    """What the clip has; the other is black or silent."""
    prompt: Prompt
    form: Literal["which", "whether"]
    """Which class it is, or whether it is one (paper, appendix B.1)."""
    share: float


KINDS = (
    Kind("picture", "visual", "which", 0.28),
    Kind("sound", "audio", "which", 0.20),
    Kind("both", "visual", "which", 0.10),
    Kind("both", "audio", "which", 0.18),
    Kind("picture", "visual", "whether", 0.08),
    Kind("sound", "audio", "whether", 0.06),
    Kind("both", "visual", "whether", 0.05),
    Kind("both", "audio", "whether", 0.05),
)

VARIANT_SHARES: dict[Variant, float] = {"plain": 0.8, "abstain": 0.1, "cot": 0.1}
_SHUFFLED, _SHORTENED, _DISTRACTED = 0.3, 0.15, 0.1
_TAIL, _LONG_TAIL = 100, 1200
"""Letters after a question, at most."""


@dataclass(frozen=True)
class Example:
    """A question with its answer, and what is seen and heard meanwhile."""

    picture: int | None
    """Index of a class; None is black."""
    sound: int | None
    """Index of a class; None is silence. Never another class than the picture's."""
    text: str
    answer: str


def draw_example(classes: Sequence[str], rng: np.random.Generator, *, long: bool = False) -> Example:
    """One example of a kind drawn by its share.

    Args:
        classes: the options.
        rng: draws.
        long: whether a long tail of letters follows the question.
    """
    shares = np.array([kind.share for kind in KINDS])
    kind = KINDS[rng.choice(len(KINDS), p=shares / shares.sum())]
    shown = int(rng.integers(len(classes)))
    if kind.form == "which":
        text, answer = _which(classes, shown, kind.prompt, rng), classes[shown]
    else:
        text, answer = _whether(classes, shown, kind.prompt, rng)
    if long or rng.random() < _DISTRACTED:
        letters = int(rng.integers(1, _LONG_TAIL if long else _TAIL))
        text += " " + " ".join(rng.choice(list(string.ascii_lowercase), size=letters))
    return Example(
        picture=None if kind.senses == "sound" else shown,
        sound=None if kind.senses == "picture" else shown,
        text=text,
        answer=answer,
    )


def _which(classes: Sequence[str], shown: int, prompt: Prompt, rng: np.random.Generator) -> str:
    options = list(classes)
    if rng.random() < _SHORTENED:
        others = [c for c in classes if c != classes[shown]]
        kept = {classes[shown], *rng.choice(others, size=int(rng.integers(2, len(others))), replace=False)}
        options = [c for c in classes if c in kept]
    if rng.random() < _SHUFFLED:
        options = [options[k] for k in rng.permutation(len(options))]
    variant = rng.choice(list(VARIANT_SHARES), p=list(VARIANT_SHARES.values()))
    return as_variant(question(prompt, options), prompt, variant)


def _whether(classes: Sequence[str], shown: int, prompt: Prompt, rng: np.random.Generator) -> tuple[str, str]:
    if rng.random() < 0.5:
        return existence_question(prompt, classes[shown]), "Yes"
    other = (shown + int(rng.integers(1, len(classes)))) % len(classes)
    return existence_question(prompt, classes[other]), "No"
