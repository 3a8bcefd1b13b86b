"""The two questions with their variants (paper, Figure 5, appendices J and K), and the questions of `check` (B.1)."""

from collections.abc import Sequence
from typing import Literal

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
    """Render the question whether a class is visible or audible (appendix B.1).

    The class keeps its underscore ("Frying_food"), as in the options of the main questions and in tiny-omni's
    vocabulary, where it is one token.

    >>> existence_question("visual", "Cat"), existence_question("audio", "Cat")
    ('Is the Cat clearly visible in this video?', 'Is the sound of Cat clearly audible in this video?')
    """
    if prompt == "visual":
        return f"Is the {class_name} clearly visible in this video?"
    return f"Is the sound of {class_name} clearly audible in this video?"


def as_variant(asked: str, prompt: Prompt, variant: Variant) -> str:
    """Convert a stored question to another variant; text before and after the question is kept.

    - abstain adds "None of the above" to the options (appendix J);
    - cot asks for reasoning and a "Final Answer:" instead of a single word (appendix K, Figure 25).

    Raises:
        ValueError: `asked` was not made by `question`.

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
        raise ValueError(f"no {prompt} question as made by prompts.question, found {asked[:120]!r}")
    return asked.replace(old, new, 1)
