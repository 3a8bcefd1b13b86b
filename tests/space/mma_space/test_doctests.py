"""The examples in the docstrings of the Space are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import mma_space

MODULES = [m.name for m in pkgutil.walk_packages(mma_space.__path__, "mma_space.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_there_are_examples() -> None:
    counted = [doctest.testmod(import_module(f"mma_space.{name}")).attempted for name in ("share", "settings")]
    assert min(counted) >= 2
