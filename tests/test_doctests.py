"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

PACKAGES = ("mma_bench", "mma_accuracy", "mma_eval", "mma_training", "mma_space")
MODULES = [
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
    if not module.name.endswith(("__main__", "mma_accuracy.app"))  # these do things when they are imported
]
SHOWN_BY_EXAMPLE = (
    "mma_bench.benchmark.pairing", "mma_bench.benchmark.prompts",
    "mma_accuracy.abstaining", "mma_accuracy.intervals", "mma_accuracy.mentions", "mma_accuracy.outcomes",
    "mma_accuracy.reading", "mma_accuracy.scoring",
    "mma_eval.attention.by_clip", "mma_eval.attention.lens", "mma_eval.attention.effect_size",
    "mma_eval.attention.indices", "mma_eval.attention.shares",
    "mma_eval.run.questions", "mma_eval.scoring.statistics", "mma_eval.checks.reading",
    "mma_training.data.unseen", "mma_training.adapter.provenance",
    "mma_space.clips.share", "mma_space.settings",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


@pytest.mark.parametrize("name", SHOWN_BY_EXAMPLE)
def test_there_are_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).attempted >= 1
