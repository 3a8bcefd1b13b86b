"""Who uses it, from an empty folder with nothing but the wheel: the dataset, the metric, an adapter, the page."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from gradio_client import Client
from packaging.requirements import Requirement

from alone import PYTHON, bare_environment, links_to, page_of
from conftest import Command
from loopback_hub import LoopbackHub

ROOT = Path(__file__).parents[1]


@pytest.fixture
def wheel_only(tmp_path: Path) -> Path:
    """The wheel, installed, and what its extras `space` and `metric` bring."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    wanted = [Requirement(line) for line in requires("mma-bench") or []]
    extras = ("models", "space", "metric")
    needed = [
        f"{r.name}{r.specifier}"
        for r in wanted
        if r.name != "mma-bench" and (not r.marker or any(r.marker.evaluate({"extra": e}) for e in extras))
    ]
    packages = links_to(needed, tmp_path / "packages")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", packages, wheel]
    subprocess.run(install, check=True, capture_output=True)
    return packages


@pytest.fixture
def published(built: Path, at_hub: Command, hub: LoopbackHub) -> Iterator[LoopbackHub]:
    """All that is published."""
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    at_hub("push", "metric", "--to", "org/mma_accuracy")
    at_hub("push", "adapter", "tiny-omni-mma", "--to", "org/mma-adapter")
    return hub


def test_the_four_lines_work_from_an_empty_folder_with_only_the_wheel(
    wheel_only: Path, published: LoopbackHub, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    env = bare_environment(wheel_only, tmp_path) | published.environment(tmp_path / "new home", token=None)

    def said(code: str) -> str:
        done = subprocess.run([PYTHON, "-S", "-c", code], cwd=empty, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert str(ROOT) not in done.stdout
        return done.stdout.splitlines()[-1]

    load = 'from datasets import load_dataset\nprint(load_dataset("org/mma-bench", "misaligned")["test"].num_rows)'
    assert said(load) == "24"
    metric = (
        'import evaluate\nprint(evaluate.load("org/mma_accuracy").compute(predictions=["A dog."], references=["Dog"])'
    )
    assert said(f'{metric}["accuracy"])') == "1.0"
    adapter = (
        "import mma_eval\nfrom peft import PeftModel\n"
        "from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker\n"
        "from mma_eval.resolve import shipped_or_given\n"
        'model = Thinker.from_pretrained(shipped_or_given("tiny-omni"))\n'
        'print(PeftModel.from_pretrained(model, "org/mma-adapter").active_adapter, mma_eval.__file__)'
    )
    assert said(adapter) == f"default {wheel_only / 'mma_eval' / '__init__.py'}"
    command = ["-m", "mma_bench", "space", "--port", "0", "--data", "org/mma-bench"]
    with page_of(command, cwd=empty, env=env, log=tmp_path / "log") as (url, _):
        clips = Client(url, verbose=False).predict(api_name="/clips")
        assert len(clips) == 24
