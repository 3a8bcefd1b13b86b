"""Several processes, as torchrun and `accelerate launch` start them: the same steps as one process makes."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from mma_training.train.train import train
from small_tuning import Configure, small_tuning

WEIGHTS = "adapter_model.safetensors"


def launch(file: Path, out: Path, cache: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "-m", "mma_bench", "train", str(file), "--out", str(out), "--cache", str(cache),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_two_processes_make_the_steps_of_one(tuning_data: Path, configure: Configure, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    half = {"optimisation": {"batch": 2, "accumulation": 2}, "lora": {"dropout": 0.0}}
    one = train(configure(**half), tmp_path / "one")
    file = tmp_path / "two.yaml"
    shared = {"optimisation": {"batch": 2, "accumulation": 1}, "lora": {"dropout": 0.0}}
    file.write_text(yaml.safe_dump(small_tuning(tuning_data, **shared)))
    launch(file, tmp_path / "two", tmp_path / "features")
    two = json.loads((tmp_path / "two" / "training.json").read_text())
    assert two["result"]["steps"] == one.result.steps == 30
    first, second = load_file(tmp_path / "one" / WEIGHTS), load_file(tmp_path / "two" / WEIGHTS)
    assert set(first) == set(second)
    assert two["result"]["best_step"] == one.result.best_step
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-4
