"""Baselines that ignore the clip: a constant answer, and a random option."""

import random
from collections.abc import Callable, Mapping, Sequence

from mma_bench.core.records import Json
from mma_eval.model import Answer, Clip, Model, ModelError, Question


class Constant(Model):
    """Baseline that always gives the same answer (`constant:CLASS`)."""

    def __init__(self, answer: str) -> None:
        self.text = answer

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
        """Return the constant answer for each question."""
        return [Answer(self.text, ended="stop")] * len(questions)

    def check_dataset(self, classes: Sequence[str], row_ids: Callable[[], frozenset[str]]) -> None:
        """Raise a ModelError unless the answer is a class of the dataset."""
        if self.text not in classes:
            raise ModelError(f"constant:{self.text}: no such class; the dataset has {', '.join(classes)}")

    def describe(self) -> Mapping[str, Json]:
        """Return the model family, and a name that includes the answer."""
        return {"family": "constant", "name": f"constant:{self.text}"}


class Random(Model):
    """Baseline that chooses an option at random, deterministically for each question (`random`)."""

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
        """Draw an option for each question, seeded by the question."""
        seeds = (f"{q.row_id} {q.prompt} {q.variant} {q.seed}" for q in questions)
        drawn = (random.Random(seed).choice(sorted(q.options)) for seed, q in zip(seeds, questions, strict=True))
        return [Answer(option, ended="stop") for option in drawn]

    def describe(self) -> Mapping[str, Json]:
        """Return the model family and name."""
        return {"family": "random", "name": "random"}
