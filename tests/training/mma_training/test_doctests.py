"""The examples in the docstrings of tuning are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import mma_training

MODULES = [m.name for m in pkgutil.walk_packages(mma_training.__path__, "mma_training.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_there_are_examples() -> None:
    counted = [doctest.testmod(import_module(f"mma_training.{name}")).attempted for name in ("unseen", "provenance")]
    assert min(counted) >= 1
