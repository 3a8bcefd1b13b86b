"""Build the questions about a row, by prompt, variant and option order, with the classes needed to judge answers."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant, as_variant
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json
from mma_eval.model import Clip, Question
from mma_eval.run.record import Selection

Key = tuple[str, str, str, int]
"""Key of a question: row id, prompt, variant and seed; unique within a run."""


@dataclass(frozen=True)
class Target:
    """A question with the data needed to judge its answer."""

    question: Question
    clip_id: str
    donor_id: str | None
    condition: str
    reference: str
    """Class of the modality asked about; if that is absent, class of the original clip."""
    other: str | None
    """Class of the other modality; None if it is absent."""
    caption: str | None
    """Class named in a misleading caption; None without such a caption."""

    @property
    def key(self) -> Key:
        """Key of the answer, unique within a run."""
        return self.question.row_id, self.question.prompt, self.question.variant, self.question.seed


@dataclass(frozen=True)
class ClipQuestions:
    """A clip and all questions about it, from every row with the same video and audio."""

    clip: Clip
    targets: tuple[Target, ...]


def questions_of(
    row: Mapping[str, Json],
    classes: Sequence[str],
    *,
    prompts: Sequence[Prompt] = PROMPTS,
    variants: Sequence[Variant] = ("plain",),
    seeds: Sequence[int] = (0,),
) -> list[Question]:
    """Build the questions about a row, ordered by seed, then variant, then prompt.

    `row` must contain its id and both questions, which list the options in the order of `classes`. Seed 0 keeps that
    order; any other seed shuffles the options, identically for both prompts.

    Raises:
        OptionsError: a stored question does not list the classes of the dataset.
    """
    return [
        Question(
            row_id=row["id"],
            prompt=prompt,
            variant=variant,
            seed=seed,
            text=as_variant(_with_options(row, prompt, classes, options), prompt, variant),
            options=options,
        )
        for seed in seeds
        for options in [option_order(classes, seed, row["id"])]
        for variant in variants
        for prompt in prompts
    ]


def option_order(classes: Sequence[str], seed: int, row_id: str) -> tuple[str, ...]:
    """Order the options of a row by a seed.

    >>> option_order(["Bird", "Clock", "Rain"], 0, "r1")
    ('Bird', 'Clock', 'Rain')
    >>> option_order(["Bird", "Clock", "Rain"], 2, "r1")
    ('Clock', 'Bird', 'Rain')
    """
    if seed == 0:
        return tuple(classes)
    return tuple(random.Random(f"{seed} options {row_id}").sample(classes, len(classes)))


def targets_of(row: Mapping[str, Json], classes: Sequence[str], chosen: Selection) -> list[Target]:
    """Build the questions about a row with the classes of its video, audio and caption; see `questions_of`."""
    shown = {p: classes[row[f"{p}_class"]] for p in PROMPTS}
    present = {"visual": row["visual_present"], "audio": row["audio_present"]}
    caption = None if row["caption_class"] is None else classes[row["caption_class"]]
    targets = []
    for question in questions_of(row, classes, prompts=chosen.prompts, variants=chosen.variants, seeds=chosen.seeds):
        other = next(shown[p] if present[p] else None for p in PROMPTS if p != question.prompt)
        same = row["clip_id"], row["donor_id"], row["condition"]
        targets.append(Target(question, *same, reference=shown[question.prompt], other=other, caption=caption))
    return targets


def _with_options(row: Mapping[str, Json], prompt: Prompt, classes: Sequence[str], options: Sequence[str]) -> str:
    stored: str = row[f"{prompt}_question"]
    listed = f"{{{', '.join(classes)}}}"
    if listed not in stored:
        raise OptionsError(
            f"row {row['id']}: expected its {prompt}_question to list the {len(classes)} classes of the dataset as "
            f"options ({listed[:80]}...), found {stored[:160]!r}; build the dataset again"
        )
    return stored.replace(listed, f"{{{', '.join(options)}}}", 1)
