"""A small dataset to tune on, random models of both families, and tuning as a user runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_training.config import TrainingConfig, parse_config
from random_omni import save_random_omni

Configure = Callable[..., TrainingConfig]

SMALL = {
    "lora": {"rank": 4, "alpha": 8},
    "data": {"limit": 3},
    "validation": {"questions": 8, "times": 2},
    "optimisation": {"learning_rate": 1e-3, "epochs": 1.0, "batch": 2, "accumulation": 1, "precision": "fp32"},
}


@pytest.fixture(scope="session")
def tuning_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 train and 4 validation clips of 1 s. Not to be changed."""
    out = tmp_path_factory.mktemp("tuning") / "mma-bench"
    build(BuildOptions(out=out, source="synthetic", splits=("train", "validation"), limit=40, size=112, seconds=1.0))
    return out


@pytest.fixture(scope="session")
def configure(tuning_data: Path) -> Configure:
    """A configuration that takes seconds, with changes by section."""

    def make(base: str | Path = "tiny-omni", **changes: dict[str, Any]) -> TrainingConfig:
        content: dict[str, Any] = {name: dict(section) for name, section in SMALL.items()}
        content["base"] = {"name": str(base)}
        if str(base) != "tiny-omni":
            content["base"] |= {"min_pixels": 64 * 64, "max_pixels": 96 * 96}
        content["data"]["name"] = str(tuning_data)
        for name, section in changes.items():
            content.setdefault(name, {}).update(section)
        return parse_config(content, "test")

    return make


@pytest.fixture(scope="session", params=["qwen2_5_omni", "qwen3_omni_moe"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of either family, as a folder."""
    return save_random_omni(tmp_path_factory.mktemp("omni") / f"random-{request.param}", request.param)
