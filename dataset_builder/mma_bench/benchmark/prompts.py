"""Render the two questions of the benchmark (paper, Figure 5), their variants and distractors, and those of `check`."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from mma_bench.core.errors import PairingError

Prompt = Literal["visual", "audio"]
PROMPTS: tuple[Prompt, ...] = ("visual", "audio")

Variant = Literal["plain", "abstain", "cot"]
VARIANTS: tuple[Variant, ...] = ("plain", "abstain", "cot")

ABSTENTION = "None of the above"
_INSTRUCTION = "Answer using a single word or phrase."
_REASONING = (
    "Think step by step about what the {prompt} content shows. First provide your thinking process, "
    "then give the final answer in the format: Final Answer: <class>."
)


def question(prompt: Prompt, options: Sequence[str]) -> str:
    """Render the question about one modality, with its options (Figure 5).

    >>> question("audio", ["Bird", "Rain"])  # doctest: +NORMALIZE_WHITESPACE
    'Which class best describes the audio content of this video? Options: {Bird, Rain}.
     Answer using a single word or phrase.'
    """
    listed = ", ".join(options)
    return f"Which class best describes the {prompt} content of this video? Options: {{{listed}}}. {_INSTRUCTION}"


def existence_question(prompt: Prompt, class_name: str) -> str:
    """Render the question whether a class is visible or audible (appendix B.1; the instruction is in Figure 3).

    The class keeps its underscore ("Frying_food"), as in the options of the main questions and in tiny-omni's
    vocabulary, where it is one token.

    >>> existence_question("visual", "Cat")
    'Is the Cat clearly visible in this video? Answer with Yes or No'
    >>> existence_question("audio", "Cat")
    'Is the sound of Cat clearly audible in this video? Answer with Yes or No'
    """
    subject = {"visual": f"the {class_name} clearly visible", "audio": f"the sound of {class_name} clearly audible"}
    return f"Is {subject[prompt]} in this video?{YES_OR_NO}"


YES_OR_NO = " Answer with Yes or No"
"""Instruction at the end of an existence question (Figure 3)."""


def as_variant(asked: str, prompt: Prompt, variant: Variant) -> str:
    """Convert a stored question to another variant; text before and after the question is kept.

    - abstain adds "None of the above" to the options (appendix J);
    - cot asks for reasoning and a "Final Answer:" instead of a single word (appendix K, Figure 25).

    Raises:
        ValueError: the variant is unknown, or `asked` does not contain a question rendered by `question`.

    >>> as_variant(question("visual", ["Bird", "Rain"]), "visual", "abstain")[61:109]
    'Options: {Bird, Rain, None of the above}. Answer'
    """
    changes = {
        "plain": (_INSTRUCTION, _INSTRUCTION),
        "abstain": ("}", f", {ABSTENTION}}}"),
        "cot": (_INSTRUCTION, _REASONING.format(prompt=prompt)),
    }
    if variant not in changes:
        raise ValueError(f"unknown variant {variant!r}; expected one of {', '.join(VARIANTS)}")
    old, new = changes[variant]
    if old not in asked or f"the {prompt} content of this video" not in asked:
        raise ValueError(f"expected the {prompt} question in MMA-Bench's wording, found {asked[:120]!r}")
    return asked.replace(old, new, 1)


def misleading_class(visual_class: str, audio_class: str, classes: Sequence[str], *, seed: int, clip_id: str) -> str:
    """Draw a class for a false caption, uniformly among those that are neither seen nor heard in the clip.

    Raises:
        PairingError: all classes are seen or heard in the clip.
    """
    others = sorted(set(classes) - {visual_class, audio_class})
    if not others:
        raise PairingError(
            f"clip {clip_id!r}: a false caption needs a class besides {visual_class!r} and {audio_class!r}; available: "
            f"{', '.join(sorted(set(classes)))}. Add clips of another class or omit the condition misleading_caption."
        )
    return random.Random(f"{seed} caption {clip_id}").choice(others)


def with_caption(asked: str, caption: str) -> str:
    """Prepend a false caption to a question (section 4.1.4, Figure 20).

    >>> with_caption("Which class ...?", "Vehicle")
    'Video_caption: Vehicle. Which class ...?'
    """
    return f"Video_caption: {caption}. {asked}"


@dataclass(frozen=True)
class LongContext:
    """Random text beside a question. The paper appends 10,000 tokens (section 4.1.4) or prepends them (I.4)."""

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
