"""The questions that a row asks: both prompts, in each variant, with the options in each seed's order."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant, as_variant
from mma_bench.core.errors import OptionsError
from mma_eval.model import Question


def questions_of(
    row: Mapping[str, Any],
    classes: Sequence[str],
    *,
    prompts: Sequence[Prompt] = PROMPTS,
    variants: Sequence[Variant] = ("plain",),
    seeds: Sequence[int] = (0,),
) -> list[Question]:
    """The questions about a row, in the order of `seeds`, `variants`, `prompts`.

    Args:
        row: with `id`, `visual_question` and `audio_question`.
        classes: the options, as the stored questions list them.
        prompts: modalities to ask about.
        variants: how to ask.
        seeds: 0 keeps the stored order of the options, another seed shuffles it, for both prompts alike.

    Raises:
        OptionsError: the row's questions do not list the classes of the dataset.
    """
    return [
        Question(
            row_id=row["id"],
            prompt=prompt,
            variant=variant,
            seed=seed,
            text=as_variant(_reordered(row, prompt, classes, options), prompt, variant),
            options=options,
        )
        for seed in seeds
        for options in [option_order(classes, seed, row["id"])]
        for variant in variants
        for prompt in prompts
    ]


def option_order(classes: Sequence[str], seed: int, row_id: str) -> tuple[str, ...]:
    """The options as seed `seed` lists them for a row.

    >>> option_order(["Bird", "Clock", "Rain"], 0, "r1")
    ('Bird', 'Clock', 'Rain')
    >>> option_order(["Bird", "Clock", "Rain"], 2, "r1")
    ('Clock', 'Bird', 'Rain')
    """
    return (
        tuple(classes) if seed == 0 else tuple(random.Random(f"{seed} options {row_id}").sample(classes, len(classes)))
    )


def _reordered(row: Mapping[str, Any], prompt: Prompt, classes: Sequence[str], options: Sequence[str]) -> str:
    asked: str = row[f"{prompt}_question"]
    stored = f"{{{', '.join(classes)}}}"
    if stored not in asked:
        raise OptionsError(
            f"row {row['id']}: its {prompt}_question does not list the {len(classes)} classes of the dataset as "
            f"options ({stored[:80]}...), but reads {asked[:160]!r}; build the dataset again"
        )
    return asked.replace(stored, f"{{{', '.join(options)}}}", 1)
