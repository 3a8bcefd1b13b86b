"""Submissions, made once."""

from pathlib import Path

import pytest

from mma_eval.evaluation import evaluate
from mma_eval.leaderboard.reference import Reference, read_reference
from mma_eval.run.options import EvalOptions


@pytest.fixture(scope="session")
def reference(built: Path) -> Reference:
    return read_reference(str(built))


@pytest.fixture(scope="session")
def run(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tiny-omni on the two conditions that every entry answers. Not to be changed."""
    out = tmp_path_factory.mktemp("submitted") / "tiny-omni"
    evaluate(EvalOptions(model="tiny-omni", data=str(built), out=out, conditions=("aligned", "misaligned")))
    return out


@pytest.fixture(scope="session")
def random_run(built: Path, run: Path) -> Path:
    """Chance, on all conditions; beside `run`. Not to be changed."""
    out = run.with_name("chance")
    evaluate(EvalOptions(model="random", data=str(built), out=out))
    return out
