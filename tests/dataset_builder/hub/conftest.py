from __future__ import annotations

from pathlib import Path

import pytest

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions


@pytest.fixture(scope="session")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another build than `built`. Not to be changed."""
    out = tmp_path_factory.mktemp("smaller") / "mma-bench"
    build(BuildOptions(out=out, limit=12, size=64, seconds=1.0, conditions=("aligned",), splits=("test",)))
    return out
