"""Modules of formulas and rules show examples in their docstrings; pytest runs the examples of all modules."""

import doctest
from importlib import import_module

import pytest

SHOWN_BY_EXAMPLE = (
    "mma_bench.benchmark.pairing", "mma_bench.benchmark.prompts",
    "mma_accuracy.abstaining", "mma_accuracy.announcing", "mma_accuracy.intervals", "mma_accuracy.markup",
    "mma_accuracy.mentions", "mma_accuracy.outcomes", "mma_accuracy.reading", "mma_accuracy.scoring",
    "mma_accuracy.senses",
    "mma_eval.attention.by_clip", "mma_eval.attention.lens", "mma_eval.attention.effect_size",
    "mma_eval.attention.answers",
    "mma_eval.run.questions", "mma_eval.scoring.statistics", "mma_eval.checks.outcomes",
    "mma_training.data.rows", "mma_training.adapter.folder",
    "mma_space.clips.recipe", "mma_space.settings",
)  # fmt: skip


@pytest.mark.parametrize("name", SHOWN_BY_EXAMPLE)
def test_there_are_examples(name: str) -> None:
    assert any(found.examples for found in doctest.DocTestFinder().find(import_module(name)))
