"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import mma_bench

MODULES = [m.name for m in pkgutil.walk_packages(mma_bench.__path__, "mma_bench.") if not m.name.endswith("__main__")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(import_module(name)).failed == 0


def test_there_are_examples():
    counted = [doctest.testmod(import_module(f"mma_bench.{name}")).attempted for name in ("pairing", "prompts")]
    assert min(counted) >= 2
