"""What tiny-omni is asked while it learns to read its towers: single senses and aligned clips, never a conflict."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mma_bench.benchmark.prompts import Prompt, Variant, as_variant, existence_question, question

Senses = Literal["picture", "sound", "both"]
Asking = Literal["whether", "all", "long"]
"""Whether it is a class; that and which class it is; or which class it is, with a long tail of letters."""


@dataclass(frozen=True)
class Kind:
    """What a clip has, and which of its modalities is asked about."""

    senses: Senses
    """The other is black or silent."""
    prompt: Prompt
    share: float


KINDS = (
    Kind("picture", "visual", 0.35),
    Kind("sound", "audio", 0.25),
    Kind("both", "visual", 0.15),
    Kind("both", "audio", 0.25),
)

VARIANT_SHARES: dict[Variant, float] = {"plain": 0.8, "abstain": 0.1, "cot": 0.1}
_SHUFFLED, _SHORTENED, _DISTRACTED = 0.3, 0.15, 0.1
_TAIL, _LONG_TAIL = 60, 1200
"""Letters after a question, at most."""


@dataclass(frozen=True)
class Asked:
    """A question with its answer."""

    text: str
    answer: str


@dataclass(frozen=True)
class Example:
    """What is seen and heard, and what is asked about it."""

    picture: int | None
    """Index of a class; None is black."""
    sound: int | None
    """Index of a class; None is silence. Never another class than the picture's."""
    asked: tuple[Asked, ...]


def draw_example(classes: Sequence[str], rng: np.random.Generator, asking: Asking = "all") -> Example:
    """A clip of a kind drawn by its share, with the questions about it.

    It is asked whether it is its class, and whether it is another (paper, appendix B.1), so that right and wrong
    classes are balanced, and which class it is.

    Args:
        classes: the options.
        rng: draws.
        asking: which of these.
    """
    shares = np.array([kind.share for kind in KINDS])
    kind = KINDS[rng.choice(len(KINDS), p=shares / shares.sum())]
    shown = int(rng.integers(len(classes)))
    other = (shown + int(rng.integers(1, len(classes)))) % len(classes)
    which = Asked(_which(classes, shown, kind.prompt, rng), classes[shown])
    whether = (
        Asked(existence_question(kind.prompt, classes[shown]), "Yes"),
        Asked(existence_question(kind.prompt, classes[other]), "No"),
    )
    asked: Mapping[Asking, tuple[Asked, ...]] = {
        "whether": whether,
        "all": (*whether, which),
        "long": (Asked(_distracted(which.text, _LONG_TAIL, rng), which.answer),),
    }
    return Example(
        picture=None if kind.senses == "sound" else shown,
        sound=None if kind.senses == "picture" else shown,
        asked=asked[asking],
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
    text = as_variant(question(prompt, options), prompt, variant)
    return _distracted(text, _TAIL, rng) if rng.random() < _DISTRACTED else text


def _distracted(text: str, most: int, rng: np.random.Generator) -> str:
    letters = rng.choice(list(string.ascii_lowercase), size=int(rng.integers(1, most)))
    return f"{text} {' '.join(letters)}"
