"""The examples in the docstrings of the metric are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["abstaining", "intervals", "mentions", "outcomes", "reading", "scoring"])
def test_the_examples_of_a_module_are_true(name: str) -> None:
    found = doctest.testmod(import_module(f"mma_accuracy.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
