"""A small dataset to tune on, random models of both families, and tuning as a user runs it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import MadeOnce
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.dataset.reading import open_built
from mma_training.config import TrainingConfig, parse_config
from mma_training.data.rows import read_rows
from mma_training.train.train import train
from random_omni import save_random_omni
from small_tuning import Configure, small_tuning


@pytest.fixture(scope="session")
def tuning_data(made_once: MadeOnce) -> Path:
    """36 train and 4 validation clips of 1 s. Not to be changed."""
    options = BuildOptions(splits=("train", "validation"), limit=40, size=112, seconds=1.0)
    return made_once("tuning/mma-bench", lambda out: build(replace(options, out=out)))


@pytest.fixture(scope="session")
def configure(tuning_data: Path) -> Configure:
    """A configuration that takes seconds, with changes by section."""

    def make(model: str | Path = "tiny-omni", **changes: dict[str, Any]) -> TrainingConfig:
        return parse_config(small_tuning(tuning_data, model, **changes), "test")

    return make


@pytest.fixture(scope="session")
def left_out(tuning_data: Path) -> tuple[str, ...]:
    """Six classes that leave a clip of the small validation split whole, with its swap."""
    data = open_built(tuning_data)
    row = read_rows(data, ("misaligned",), "validation")[0]
    return tuple(name for name in data.classes if name not in (row.visual_class, row.audio_class))[:6]


@pytest.fixture(scope="session", params=["qwen2_5_omni", "qwen3_omni_moe"])
def checkpoint(request: pytest.FixtureRequest, made_once: MadeOnce) -> Path:
    """A random model of either family, as a folder."""
    return made_once(f"omni/random-{request.param}", lambda folder: save_random_omni(folder, request.param))


@pytest.fixture(scope="session")
def cache(made_once: MadeOnce) -> Path:
    """Features that all trainings share."""
    return made_once("features", Path.mkdir)


@pytest.fixture(scope="session")
def adapter(configure: Configure, cache: Path, made_once: MadeOnce) -> Path:
    """An unbroken training of tiny-omni. Not to be changed."""
    return made_once("adapters/mine", lambda out: train(configure(), out, cache=cache))


@pytest.fixture(scope="session")
def half_seen(configure: Configure, cache: Path, left_out: tuple[str, ...], made_once: MadeOnce) -> Path:
    """An adapter that six of twelve classes were left out of. Not to be changed."""
    config = configure(data={"unseen_classes": left_out, "limit": 6}, optimisation={"epochs": 0.2})
    return made_once("adapters/half", lambda out: train(config, out, cache=cache))


@pytest.fixture(scope="session")
def file(tuning_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same configuration, as a file for the command."""
    path = tmp_path_factory.mktemp("configs") / "mine.yaml"
    path.write_text(yaml.safe_dump(small_tuning(tuning_data)))
    return path
