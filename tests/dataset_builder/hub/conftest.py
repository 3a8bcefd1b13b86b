from dataclasses import replace
from pathlib import Path

import pytest

from conftest import MadeOnce
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions


@pytest.fixture(scope="session")
def smaller(made_once: MadeOnce) -> Path:
    """Another build than `built`. Not to be changed."""
    options = BuildOptions(limit=12, size=64, seconds=1.0, conditions=("aligned",), splits=("test",))
    return made_once("smaller/mma-bench", lambda out: build(replace(options, out=out)))
