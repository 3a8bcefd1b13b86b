"""Baselines that neither watch nor listen: a constant answer, and a random option."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from mma_bench.core.records import Json
from mma_eval.model import Answer, Clip, Model, ModelError, Question


class Constant(Model):
    """Gives always the same answer (`constant:CLASS`)."""

    def __init__(self, answer: str) -> None:
        self.text = answer

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[str]:
        """Give the same answer to each question."""
        return [self.text] * len(questions)

    def check_dataset(self, classes: Sequence[str], row_ids: Callable[[], frozenset[str]]) -> None:
        """Check that the answer is a class of the dataset.

        Raises:
            ModelError: it is not.
        """
        if self.text not in classes:
            raise ModelError(f"constant:{self.text}: no such class; the dataset has {', '.join(classes)}")

    def describe(self) -> Mapping[str, Json]:
        """Describe the answer."""
        return {"family": "constant", "name": f"constant:{self.text}"}


class Random(Model):
    """Chooses an option at random (`random`); the same question always gets the same answer."""

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
        """Draw an option for each question, seeded by the question."""
        return [
            Answer(random.Random(f"{q.row_id} {q.prompt} {q.variant} {q.seed}").choice(sorted(q.options)))
            for q in questions
        ]

    def describe(self) -> Mapping[str, Json]:
        """Describe nothing but the name."""
        return {"family": "random", "name": "random"}
