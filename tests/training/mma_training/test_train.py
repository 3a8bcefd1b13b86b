"""A training from end to end: what it leaves, how it goes on, and what ends it."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from mma_bench.errors import MMABenchError
from mma_eval.options import EvalOptions
from mma_eval.run import evaluate
from mma_training.checkpoints import MARK, whole_checkpoints
from mma_training.errors import ConfigError, TrainingError
from mma_training.train import train
from small_tuning import Configure

WEIGHTS = "adapter_model.safetensors"


def test_the_folder_is_an_adapter_with_its_record(adapter: Path, tuning_data: Path) -> None:
    assert sorted(path.name for path in adapter.iterdir()) == [
        "README.md", "adapter_config.json", WEIGHTS, "config.yaml", "training.json", "training.jsonl", "training.png",
    ]  # fmt: skip
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny-omni"
    record = json.loads((adapter / "training.json").read_text())
    assert record["data"]["rows"] == {"aligned": 3, "misaligned": 30}
    assert record["result"]["steps"] == 15  # 60 rows of two questions in batches of 4 x 2
    assert set(record["result"]["validation"]) == {
        "accuracy", "aligned_visual", "aligned_audio", "misaligned_visual", "misaligned_audio",
    }  # fmt: skip
    log = [json.loads(line) for line in (adapter / "training.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log if "accuracy" in entry] == [5, 10, 15]
    assert sum("loss" in entry for entry in log) == 15


def test_the_evaluation_takes_the_adapter(adapter: Path, built: Path, tmp_path: Path) -> None:
    def run(name: str, **more: Any) -> Any:
        return evaluate(
            EvalOptions(model="tiny-omni", data=str(built), conditions=("misaligned",), out=tmp_path / name, **more)
        )

    run("base")
    tuned = run("tuned", model_options={"adapter": str(adapter)})
    assert tuned.errors == 0
    described = json.loads((tmp_path / "tuned" / "run.json").read_text())["model"]["adapter"]
    assert described["base"] == "tiny-omni"


def test_peft_loads_the_adapter_by_itself(adapter: Path) -> None:
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors.torch import load_file
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration

    from mma_eval.resolve import shipped_or_given

    thinker = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(shipped_or_given("tiny-omni"))
    tuned = PeftModel.from_pretrained(thinker, str(adapter))
    loaded, saved = get_peft_model_state_dict(tuned), load_file(adapter / WEIGHTS)
    assert set(loaded) == set(saved)
    assert all((loaded[name].cpu() == saved[name]).all() for name in saved)
    assert any(saved[name].abs().max() > 0 for name in saved if "lora_B" in name)


def test_the_same_training_again_gives_what_is_there(adapter: Path, configure: Configure, cache: Path) -> None:
    before = (adapter / WEIGHTS).stat().st_mtime_ns
    assert train(configure(), adapter, cache=cache).record["result"]["steps"] == 15
    assert (adapter / WEIGHTS).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lora": {"rank": 8}}, r"config\.lora\.rank: 8 here, 4 there"),
        ({"optimisation": {"seed": 1}}, r"config\.optimisation\.seed: 1 here, 0 there"),
        ({"base": {"fps": 2.0}}, r"base\.fps: 2\.0 here, 1\.0 there"),
    ],
)
def test_another_training_in_the_same_folder_is_refused_and_named(
    change: dict[str, Any], said: str, adapter: Path, configure: Configure, cache: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        train(configure(**change), adapter, cache=cache)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path, configure: Configure) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    with pytest.raises(ConfigError, match="is not empty and was not made by"):
        train(configure(), tmp_path / "mine")


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_random_times_it_ends_as_an_unbroken_one(
    seed: int, file: Path, adapter: Path, cache: Path, tmp_path: Path
) -> None:
    out, rng = tmp_path / "mine", random.Random(seed)
    command = [sys.executable, "-m", "mma_bench", "train", str(file), "--out", str(out), "--cache", str(cache)]
    kills = 0
    while kills < 3:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = len(whole_checkpoints(Path(f"{out}.work")))
        while process.poll() is None and len(whole_checkpoints(Path(f"{out}.work"))) <= before and kills:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 1.5) if kills else rng.uniform(4, 12))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert kills
    assert (out / WEIGHTS).read_bytes() == (adapter / WEIGHTS).read_bytes()
    assert (out / "training.jsonl").read_text().count("accuracy") == (adapter / "training.jsonl").read_text().count(
        "accuracy"
    )


def test_killed_in_the_middle_of_a_checkpoint_it_goes_on_from_the_one_before(
    file: Path, adapter: Path, cache: Path, tmp_path: Path
) -> None:
    """The last checkpoint lacks what a kill leaves unwritten: its mark, and at first half of the weights."""
    out = tmp_path / "mine"
    command = [sys.executable, "-m", "mma_bench", "train", str(file), "--out", str(out), "--cache", str(cache)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    work = Path(f"{out}.work")
    while process.poll() is None and not (work / "checkpoint-10" / "trainer_state.json").exists():
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    last = work / "checkpoint-10"
    (last / MARK).unlink(missing_ok=True)
    weights = last / WEIGHTS
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    shutil.rmtree(out, ignore_errors=True)
    assert subprocess.run(command, capture_output=True, timeout=300).returncode == 0
    assert (out / WEIGHTS).read_bytes() == (adapter / WEIGHTS).read_bytes()


def test_two_steps_of_either_family(checkpoint: Path, configure: Configure, tmp_path: Path) -> None:
    config = configure(
        checkpoint, data={"limit": 1}, optimisation={"epochs": 0.1, "batch": 4, "accumulation": 1},
        validation={"times": 1, "questions": 4}, lora={"targets": "attention"},
    )  # fmt: skip
    result = train(config, tmp_path / "mine").record["result"]
    assert result["steps"] == 1 or result["steps"] == 2
    assert result["parameters"] > 0


def test_a_mixture_of_experts_may_have_its_experts_tuned(tmp_path: Path, configure: Configure) -> None:
    from random_omni import save_random_omni

    base = save_random_omni(tmp_path / "random", "qwen3_omni_moe")
    config = configure(
        base, data={"limit": 1}, optimisation={"epochs": 0.1, "accumulation": 1},
        validation={"times": 1, "questions": 4}, lora={"dropout": 0.0},
    )  # fmt: skip
    train(config, tmp_path / "mine")
    from safetensors import safe_open

    with safe_open(tmp_path / "mine" / WEIGHTS, framework="pt") as weights:
        assert any("experts" in name for name in weights.keys())  # noqa: SIM118


def test_packed_and_checkpointed_steps_learn_too(configure: Configure, cache: Path, tmp_path: Path) -> None:
    change = {"pack": True, "batch": 2, "gradient_checkpointing": True, "group_by_length": True}
    result = train(configure(optimisation=change), tmp_path / "mine", cache=cache).record["result"]
    assert result["steps"] == 15


def test_a_loss_that_is_no_number_ends_it_and_keeps_the_checkpoint(
    configure: Configure, cache: Path, tmp_path: Path
) -> None:
    config = configure(optimisation={"learning_rate": 1e20, "max_grad_norm": 1e20, "warmup": 0.0})
    with pytest.raises(TrainingError, match=r"step \d+: the loss is (nan|inf); .*learning_rate"):
        train(config, tmp_path / "mine", cache=cache)
    assert not (tmp_path / "mine" / WEIGHTS).exists()


def test_a_full_disk_ends_it_with_the_last_good_checkpoint(configure: Configure, cache: Path, small_disk: Path) -> None:
    """The first checkpoint fits; the disk is filled before the second."""
    config = configure(lora={"rank": 8, "alpha": 16})
    with pytest.raises(MMABenchError, match=r"no space left|cannot be written .*last good checkpoint|Is the disk full"):
        train(config, small_disk / "mine", cache=cache)
    whole = whole_checkpoints(small_disk / "mine.work")
    assert all((path / WEIGHTS).exists() for path in whole)
    assert not (small_disk / "mine" / "training.json").exists()


def test_half_precision_without_a_gpu_is_refused(configure: Configure, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ConfigError, match="fp16 needs a GPU"):
        train(configure(optimisation={"precision": "fp16"}), tmp_path / "mine")


def test_models_that_cannot_be_tuned_are_refused(configure: Configure, tmp_path: Path) -> None:
    with pytest.raises(MMABenchError):
        train(configure("random"), tmp_path / "mine")


def test_the_command_says_what_it_made(
    file: Path, adapter: Path, cache: Path, command: Command, tmp_path: Path
) -> None:
    done = command(
        "train", file, "--out", tmp_path / "mine", "--cache", cache, "--unseen-classes", "4",
        "--set", "optimisation.epochs=0.2",
    )  # fmt: skip
    assert "parameters, best of" in done.stdout
    assert "mma-bench eval --model tiny-omni --adapter" in done.stdout
    record = json.loads((tmp_path / "mine" / "training.json").read_text())
    assert len(record["data"]["unseen_classes"]) == 4
    assert len(record["data"]["seen_classes"]) == 8
