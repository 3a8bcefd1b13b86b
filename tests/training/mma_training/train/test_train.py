"""A training from end to end: what it leaves, how it goes on, and what ends it."""

import json
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from mma_bench.core.errors import MMABenchError
from mma_eval.evaluation import evaluate
from mma_eval.run.options import EvalOptions
from mma_training.errors import ConfigError, TrainingError
from mma_training.train.checkpoints import MARK, complete_checkpoints
from mma_training.train.train import train
from small_tuning import Configure
from warm_command import WarmCommand

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
    written = (adapter / "training.json").stat().st_mtime_ns
    assert train(configure(), adapter, cache=cache).result.steps == 15
    assert (adapter / "training.json").stat().st_mtime_ns == written
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
    seed: int, file: Path, adapter: Path, cache: Path, tmp_path: Path, command: Command
) -> None:
    out, rng = tmp_path / "mine", random.Random(seed)
    run = ["train", file, "--out", out, "--cache", cache]
    work, kills = Path(f"{out}.work"), 0
    for wait, longest in (
        (lambda: (work / "state.json").exists(), 3.0),
        (lambda: len(complete_checkpoints(work)) > 0, 0.5),
    ):
        process = WarmCommand(run, tmp_path / "log")
        while process.poll() is None and not wait():
            time.sleep(0.01)
        time.sleep(rng.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    command("train", file, "--out", out, "--cache", cache)
    assert kills
    assert (out / WEIGHTS).read_bytes() == (adapter / WEIGHTS).read_bytes()
    assert (out / "training.jsonl").read_text().count("accuracy") == (adapter / "training.jsonl").read_text().count(
        "accuracy"
    )


def test_killed_in_the_middle_of_a_checkpoint_it_goes_on_from_the_one_before(
    file: Path, adapter: Path, cache: Path, tmp_path: Path, command: Command
) -> None:
    """The last checkpoint lacks what a kill leaves unwritten: its mark, and at first half of the weights."""
    out = tmp_path / "mine"
    run = ["train", file, "--out", out, "--cache", cache]
    process = WarmCommand(run, tmp_path / "log")
    work = Path(f"{out}.work")
    last, before, kept = work / "checkpoint-10", work / "checkpoint-5", tmp_path / "checkpoint-5"
    while process.poll() is None and not (last / "trainer_state.json").exists():
        if (before / MARK).exists() and not kept.exists():
            shutil.copytree(before, kept)
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if not before.exists():  # on a busy machine the kill came after the last checkpoint had replaced it
        shutil.copytree(kept, before)
    (last / MARK).unlink(missing_ok=True)
    weights = last / WEIGHTS
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    shutil.rmtree(out, ignore_errors=True)
    whole = before / MARK
    assert 0 < json.loads(whole.read_text())["seconds"] < 1000
    whole.write_text('{"step": 5, "seconds": 1000.0}')
    command("train", file, "--out", out, "--cache", cache)
    assert (out / WEIGHTS).read_bytes() == (adapter / WEIGHTS).read_bytes()
    assert json.loads((out / "training.json").read_text())["result"]["seconds"] > 1000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_what_it_will_go_on_from(
    number: signal.Signals, file: Path, cache: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    run = ["train", file, "--out", out, "--cache", cache]
    more = ["--set", "optimisation.epochs=40", "--set", "validation.times=100"]
    for wait, said in (
        (lambda: Path(f"{out}.work", "state.json").exists(), "before the first checkpoint; the same command begins"),
        (lambda: len(complete_checkpoints(Path(f"{out}.work"))) > 0, "the same command goes on from "),
    ):
        process = WarmCommand([*run, *more], tmp_path / "log")
        while process.poll() is None and not wait():
            time.sleep(0.01)
        process.send_signal(number)
        stderr = process.written()
        assert process.poll() == 128 + number, stderr
        assert said in stderr
        assert "Traceback" not in stderr


def test_a_dataset_without_the_split_is_named_with_what_to_build(tmp_path: Path, configure: Configure) -> None:
    from mma_bench.builder.build import build
    from mma_bench.builder.options import BuildOptions

    only_test = tmp_path / "only test"
    build(BuildOptions(out=only_test, splits=("test",), limit=12, size=64, seconds=1.0, conditions=("aligned",)))
    with pytest.raises(TrainingError, match=r"no aligned and no misaligned rows in the train split; .*: test\. Build"):
        train(configure(data={"name": str(only_test)}), tmp_path / "mine")


def test_fewer_than_no_classes_cannot_be_left_out(file: Path, command: Command, tmp_path: Path) -> None:
    done = command("train", file, "--out", tmp_path / "mine", "--unseen-classes", "-1", code=1)
    assert "data.unseen_classes -1: expected 0 to 10 of the 12 classes" in done.stderr


def test_two_steps_of_either_family(checkpoint: Path, configure: Configure, tmp_path: Path) -> None:
    config = configure(
        checkpoint, data={"limit": 1}, optimisation={"epochs": 0.2, "batch": 4, "accumulation": 1},
        validation={"times": 1, "questions": 4}, lora={"targets": "attention"},
    )  # fmt: skip
    result = train(config, tmp_path / "mine").result
    assert result.steps == 2  # a fifth of 40 questions in batches of four
    log = [json.loads(line) for line in (tmp_path / "mine" / "training.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log if "loss" in entry] == [1, 2]


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
    result = train(configure(optimisation=change), tmp_path / "mine", cache=cache).result
    assert result.steps == 15


def test_weights_that_are_no_numbers_end_it_and_the_checkpoint_before_stays(
    configure: Configure, cache: Path, tmp_path: Path
) -> None:
    """The first step has a rate of zero, the second one that no weight survives."""
    import torch
    from safetensors.torch import load_file

    wild = {"learning_rate": 1e39, "max_grad_norm": 1e30, "warmup": 0.07, "schedule": "constant_with_warmup"}
    with pytest.raises(TrainingError, match=r"step \d+: .* (nan|no longer finite); the last good checkpoint is .*-1\."):
        train(configure(optimisation=wild, validation={"times": 15}), tmp_path / "mine", cache=cache)
    assert not (tmp_path / "mine").exists()
    kept = complete_checkpoints(tmp_path / "mine.work")
    assert [path.name for path in kept] == ["checkpoint-1"]
    assert all(torch.isfinite(weight).all() for weight in load_file(kept[0] / WEIGHTS).values())


def test_a_full_disk_ends_it_and_with_room_it_goes_on(
    file: Path, adapter: Path, cache: Path, small_disk: Path, tmp_path: Path, command: Command
) -> None:
    out, filler = small_disk / "mine", small_disk / "filler"
    run = ["train", file, "--out", out, "--cache", cache]
    process = WarmCommand(run, tmp_path / "log")
    while process.poll() is None and not complete_checkpoints(small_disk / "mine.work"):
        time.sleep(0.005)
    with filler.open("wb", buffering=0) as hole:  # until nothing goes in any more
        while True:
            try:
                hole.write(b"0" * 4096)
            except OSError:
                break
    said = process.written()
    assert process.poll() == 1
    assert "no space left" in said or "If the disk is full, free some space" in said
    assert "Traceback" not in said
    assert [path.name for path in complete_checkpoints(small_disk / "mine.work")] == ["checkpoint-5"]
    filler.unlink(missing_ok=True)
    command("train", file, "--out", out, "--cache", cache)
    assert (out / WEIGHTS).read_bytes() == (adapter / WEIGHTS).read_bytes()


def test_overwriting_takes_away_nothing_that_is_not_ours(tmp_path: Path, configure: Configure, cache: Path) -> None:
    for folder in (tmp_path / "mine", tmp_path / "mine.work"):
        (folder / "checkpoint-500").mkdir(parents=True)
        (folder / "checkpoint-500" / "thesis.tex").write_text("precious")
    with pytest.raises(ConfigError, match="is not empty and was not made by"):
        train(configure(), tmp_path / "mine", overwrite=True, cache=cache)
    assert len(list(tmp_path.glob("*/checkpoint-500/thesis.tex"))) == 2


def test_overwriting_begins_anew(configure: Configure, cache: Path, tmp_path: Path) -> None:
    short = {"epochs": 0.2}
    train(configure(optimisation=short), tmp_path / "mine", cache=cache)
    changed = configure(optimisation=short, lora={"rank": 2})
    record = train(changed, tmp_path / "mine", cache=cache, overwrite=True).as_json()
    assert record["config"]["lora"]["rank"] == 2


def test_killed_after_its_last_step_it_makes_no_other(configure: Configure, cache: Path, tmp_path: Path) -> None:
    config = configure(optimisation={"epochs": 0.4})
    first = train(config, tmp_path / "mine", cache=cache).result
    weights = (tmp_path / "mine" / WEIGHTS).read_bytes()
    shutil.rmtree(tmp_path / "mine")  # as if it had been killed before writing it
    again = train(config, tmp_path / "mine", cache=cache).result
    assert again.steps == first.steps == 6
    assert 0 < again.seconds <= first.seconds
    assert (tmp_path / "mine" / WEIGHTS).read_bytes() == weights
    assert not (tmp_path / "mine.work" / "checkpoint-7").exists()


def test_memory_that_is_not_enough_is_explained(file: Path, cache: Path, tmp_path: Path) -> None:
    """Once a checkpoint is there the process gets no more memory than it has."""
    import resource

    out = tmp_path / "mine"
    run = ["train", file, "--out", out, "--cache", cache]
    more = ["--set", "optimisation.epochs=40", "--set", "validation.times=100"]
    process = WarmCommand([*run, *more], tmp_path / "log")
    while process.poll() is None and not complete_checkpoints(Path(f"{out}.work")):
        time.sleep(0.01)
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0])
    resource.prlimit(process.pid, resource.RLIMIT_AS, (pages * 4096, pages * 4096))
    said = process.written()
    assert process.poll() == 1
    assert "out of memory" in said
    assert "the last good checkpoint is" in said
    assert complete_checkpoints(Path(f"{out}.work"))


def test_a_checkpoint_is_chosen_without_the_classes_left_out(tuning_data: Path, left_out: tuple[str, ...]) -> None:
    from mma_bench.dataset.reading import open_built
    from mma_training.config import ValidationSection
    from mma_training.train.validation import plan_validation

    data = open_built(tuning_data)
    work = plan_validation(data, ValidationSection(questions=1000), unseen=left_out)
    asked = [a for unit in work.clip_questions() for a in unit.targets]
    assert asked
    assert not {name for a in asked for name in (a.reference, a.other)} & set(left_out)
    assert work.questions < plan_validation(data, ValidationSection(questions=1000)).questions


def test_tensorboard_gets_what_the_log_has(configure: Configure, cache: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    config = configure(optimisation={"epochs": 0.2}).model_copy(update={"report_to": ("tensorboard",)})
    train(config, tmp_path / "mine", cache=cache)
    (events,) = tmp_path.rglob("events.out.tfevents.*")
    seen = EventAccumulator(str(events.parent)).Reload()
    assert len(seen.Scalars("train/loss")) == 3
    assert seen.Scalars("eval/misaligned_audio")


def test_a_logger_that_is_not_installed_is_named(configure: Configure, cache: Path, tmp_path: Path) -> None:
    config = configure().model_copy(update={"report_to": ("swanlab",)})
    with pytest.raises(ConfigError, match="report_to: swanlab cannot be used"):
        train(config, tmp_path / "mine", cache=cache)


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
    file: Path, cache: Path, left_out: tuple[str, ...], command: Command, tmp_path: Path
) -> None:
    unseen = [word for name in left_out for word in ("--unseen-classes", name)]
    run = ("train", file, "--out", tmp_path / "mine", "--cache", cache, *unseen, "--set", "optimisation.epochs=0.2")
    run = (*run, "--set", "base.fps=1.0", "--set", "optimisation.gradient_checkpointing=true")
    done = command(*run)
    assert "parameters, best of" in done.stdout
    assert "finished before" not in done.stdout
    assert "FutureWarning" not in done.stderr
    again = command(*run)
    assert "was finished before; nothing was trained" in again.stdout.replace("\n", " ")
    assert f"mma-bench eval --model tiny-omni --adapter {tmp_path}/mine --fps 1.0" in done.stdout.replace("\n", "")
    record = json.loads((tmp_path / "mine" / "training.json").read_text())
    assert set(record["data"]["unseen_classes"]) == set(left_out)
    assert len(record["data"]["seen_classes"]) == 6
