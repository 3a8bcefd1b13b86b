"""Draw the training examples of tiny-omni: one stream alone, or both of one class, never a conflict."""

import string
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from mma_bench.benchmark.prompts import Prompt, Variant, as_variant, existence_question, question

Stage = Literal["existence", "all", "long"]
"""Questions in a batch. "existence": does the clip show or play a named class; "all": existence and class questions;
"long": class questions followed by a long distractor."""


class ClipKind(NamedTuple):
    """The streams present (a missing one is black or silent) and the modality asked about, with its sampling weight."""

    streams: Literal["video", "audio", "both"]
    prompt: Prompt
    share: float


KINDS = (
    ClipKind("video", "visual", 0.35),
    ClipKind("audio", "audio", 0.25),
    ClipKind("both", "visual", 0.15),
    ClipKind("both", "audio", 0.25),
)

VARIANT_SHARES: dict[Variant, float] = {"plain": 0.8, "abstain": 0.1, "cot": 0.1}
_SHUFFLED_SHARE, _SHORTENED_SHARE, _DISTRACTED_SHARE = 0.3, 0.15, 0.1
_MAX_LETTERS, _MAX_LETTERS_LONG = 60, 1200
"""Exclusive upper bounds on the number of letters in a distractor after a question."""


class QuestionAnswer(NamedTuple):
    """A question with its correct answer."""

    text: str
    answer: str


class Example(NamedTuple):
    """The class indices of a training clip (None for black or silent; equal if both are given) and its questions."""

    video_class: int | None
    audio_class: int | None
    questions: tuple[QuestionAnswer, ...]


def draw_example(classes: Sequence[str], rng: np.random.Generator, stage: Stage = "all") -> Example:
    """Draw the classes of a clip, and its questions.

    Existence questions name the clip's class and another one (paper, appendix B.1), which balances yes and no answers.
    """
    shares = np.array([kind.share for kind in KINDS])
    kind = KINDS[rng.choice(len(KINDS), p=shares / shares.sum())]
    shown = int(rng.integers(len(classes)))
    other = (shown + int(rng.integers(1, len(classes)))) % len(classes)
    which = QuestionAnswer(_class_question(classes, shown, kind.prompt, rng), classes[shown])
    existence = (
        QuestionAnswer(existence_question(kind.prompt, classes[shown]), "Yes"),
        QuestionAnswer(existence_question(kind.prompt, classes[other]), "No"),
    )
    questions: dict[Stage, tuple[QuestionAnswer, ...]] = {
        "existence": existence,
        "all": (*existence, which),
        "long": (QuestionAnswer(_distracted(which.text, _MAX_LETTERS_LONG, rng), which.answer),),
    }
    return Example(
        video_class=None if kind.streams == "audio" else shown,
        audio_class=None if kind.streams == "video" else shown,
        questions=questions[stage],
    )


def _class_question(classes: Sequence[str], shown: int, prompt: Prompt, rng: np.random.Generator) -> str:
    options = list(classes)
    if rng.random() < _SHORTENED_SHARE:
        others = [c for c in classes if c != classes[shown]]
        kept = {classes[shown], *rng.choice(others, size=int(rng.integers(2, len(others))), replace=False)}
        options = [c for c in classes if c in kept]
    if rng.random() < _SHUFFLED_SHARE:
        options = [options[k] for k in rng.permutation(len(options))]
    variant = rng.choice(list(VARIANT_SHARES), p=list(VARIANT_SHARES.values()))
    text = as_variant(question(prompt, options), prompt, variant)
    return _distracted(text, _MAX_LETTERS, rng) if rng.random() < _DISTRACTED_SHARE else text


def _distracted(text: str, most: int, rng: np.random.Generator) -> str:
    letters = rng.choice(list(string.ascii_lowercase), size=int(rng.integers(1, most)))
    return f"{text} {' '.join(letters)}"
