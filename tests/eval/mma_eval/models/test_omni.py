"""The Qwen Omni families, as small random models of the real classes: they answer as they would without sharing."""

import contextlib
import json
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mma_bench.dataset.reading import open_built
from mma_bench.media.sound import encode_flac
from mma_eval.evaluation import evaluate
from mma_eval.model import Answer, ModelError, Question
from mma_eval.models.omni import OmniModel
from mma_eval.models.options import SYSTEM_PROMPTS
from mma_eval.resolve import resolve_model
from mma_eval.run.options import EvalOptions
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection
from mma_eval.run.store import PREDICTIONS, read_predictions
from random_omni import FAMILIES, save_random_omni

SMALL = {"min_pixels": 64 * 64, "max_pixels": 96 * 96}


@pytest.fixture(scope="session", params=sorted(FAMILIES))
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a random model as a checkpoint."""
    return save_random_omni(tmp_path_factory.mktemp("omni") / f"random-{request.param}", request.param)


@pytest.fixture(scope="session")
def unit(built: Path) -> ClipQuestions:
    """Return a clip with twelve questions: two prompts, three variants, plain and after a misleading caption."""
    variants = ("plain", "abstain", "cot")
    work = plan_evaluation(
        open_built(built), Selection(conditions=("aligned", "misleading_caption"), split="test", variants=variants)
    )
    return next(work.clip_questions())


@dataclass(frozen=True)
class Loaded:
    model: OmniModel
    prepared: Any


@pytest.fixture(scope="session")
def load(unit: ClipQuestions) -> Callable[..., Loaded]:
    def load(checkpoint: Path, **options: Any) -> Loaded:
        model = resolve_model(str(checkpoint), {"max_new_tokens": 6, **SMALL, **options})
        assert isinstance(model, OmniModel)
        model.load()
        return Loaded(model, model.prepare(unit.clip))

    return load


def questions(unit: ClipQuestions) -> list[Question]:
    return [asked.question for asked in unit.targets]


def texts(answers: Sequence[Answer]) -> list[str | None]:
    return [answer.text for answer in answers]


def alone(loaded: Loaded, unit: ClipQuestions, question: Question) -> str:
    """Answer one question with transformers' own `generate`, in a prompt of its own."""
    import torch

    model = loaded.model
    before, after = model._chat()
    prompt = before + question.text + after
    frames = torch.from_numpy(unit.clip.frames(2.0)).permute(0, 3, 1, 2)
    inputs = model.processor(
        text=[prompt],
        videos=[frames],
        audio=[unit.clip.sound()],
        load_audio_from_video=True,
        audio_from_video_indices=[0],
        do_sample_frames=False,
        fps=2.0,
        size={"shortest_edge": SMALL["min_pixels"], "longest_edge": SMALL["max_pixels"]},
        cap_pixels_per_frame=False,
        return_tensors="pt",
    )
    inputs.pop("num_audio_tokens", None)
    generated = model.thinker.generate(**inputs, use_audio_in_video=True, do_sample=False, max_new_tokens=6)
    said: str = model.processor.tokenizer.decode(generated[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return said.strip()


def test_twelve_questions_from_one_prefix_are_answered_as_each_alone(
    checkpoint: Path, load: Callable[..., Loaded], unit: ClipQuestions
) -> None:
    loaded = load(checkpoint)
    together = texts(loaded.model.answer(loaded.prepared, questions(unit)))
    assert len(together) == 12
    assert len(set(together)) > 6  # else they would be equal by chance
    assert together == [alone(loaded, unit, question) for question in questions(unit)]


def test_no_question_leaves_a_trace_for_the_next(
    checkpoint: Path, load: Callable[..., Loaded], unit: ClipQuestions
) -> None:
    loaded = load(checkpoint)
    asked = questions(unit)
    forwards = texts(loaded.model.answer(loaded.prepared, asked))
    backwards = texts(loaded.model.answer(loaded.prepared, asked[::-1]))
    assert forwards == backwards[::-1]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_every_precision_runs_and_is_written_down(
    dtype: str, checkpoint: Path, load: Callable[..., Loaded], unit: ClipQuestions
) -> None:
    loaded = load(checkpoint, dtype=dtype)
    answers = loaded.model.answer(loaded.prepared, questions(unit)[:2])
    assert all(isinstance(answer.text, str) for answer in answers)
    assert str(next(loaded.model.thinker.parameters()).dtype) == f"torch.{dtype}"
    assert loaded.model.describe()["dtype"] == dtype


def test_tokens_of_each_modality_are_counted(
    checkpoint: Path, load: Callable[..., Loaded], unit: ClipQuestions
) -> None:
    loaded = load(checkpoint)
    first, second = loaded.model.answer(loaded.prepared, questions(unit)[:2])
    ids = loaded.prepared.inputs["input_ids"][0].tolist()
    config = loaded.model.thinker.config
    assert first.tokens is not None
    assert second.tokens is not None
    assert first.tokens.video == ids.count(config.video_token_id) > 0
    assert first.tokens.audio == ids.count(config.audio_token_id) > 0
    assert (second.tokens.video, second.tokens.audio) == (first.tokens.video, first.tokens.audio)


@pytest.mark.parametrize("seconds", [29, 41])
def test_a_sound_that_is_longer_than_the_feature_extractor_takes_is_said_and_its_tokens_counted(
    seconds: int, checkpoint: Path, unit: ClipQuestions
) -> None:
    model = resolve_model(str(checkpoint), {"max_new_tokens": 2, **SMALL})
    assert isinstance(model, OmniModel)
    model.load()
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, seconds * 16_000).astype(np.float32)
    clip = replace(unit.clip, audio=encode_flac(noise), audio_key=None)
    cut_off = seconds > 30 and model.family == "qwen2_5_omni"  # Qwen3-Omni takes in all of it
    said = f"lasts {seconds}.0 s, of which .* hears only the first 30.0 s"
    with pytest.warns(UserWarning, match=said) if cut_off else contextlib.nullcontext():
        prepared = model.prepare(clip)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        again = model.prepare(clip)  # once per model
    for each in (prepared, again):
        answer = model.answer(each, questions(unit)[:1])[0]
        assert answer.tokens is not None
        heard = 30 if cut_off else seconds
        assert answer.tokens.audio == pytest.approx(heard * _AUDIO_TOKENS_PER_SECOND[model.family], abs=3)


_AUDIO_TOKENS_PER_SECOND = {"qwen2_5_omni": 25, "qwen3_omni_moe": 13}
"""As the authors of the two families state them; 12.5 for the second, rounded up in windows of a second."""


def test_what_is_seen_and_what_is_heard_changes_the_answer(
    checkpoint: Path, load: Callable[..., Loaded], built: Path, unit: ClipQuestions
) -> None:
    loaded = load(checkpoint)
    said = {}
    for condition in ("aligned", "frames_zeroed", "audio_removed"):
        clip = next(
            plan_evaluation(open_built(built), Selection(conditions=(condition,), split="test")).clip_questions()
        ).clip
        said[condition] = texts(loaded.model.answer(loaded.model.prepare(clip), questions(unit)[:4]))
    assert said["aligned"] != said["frames_zeroed"]
    assert said["aligned"] != said["audio_removed"]


def test_frames_per_second_and_pixels_are_what_was_asked_for(checkpoint: Path, unit: ClipQuestions) -> None:
    grids = {}
    for fps, pixels in ((2.0, 64 * 64), (6.0, 64 * 64), (2.0, 128 * 128)):
        options = {"fps": fps, "max_pixels": pixels, "min_pixels": pixels}
        model = resolve_model(str(checkpoint), options)
        model.load()
        grids[fps, pixels] = model.prepare(unit.clip).inputs["video_grid_thw"][0].tolist()
        assert (model.describe()["fps"], model.describe()["max_pixels"]) == (fps, pixels)
    assert grids[6.0, 64 * 64][0] == 3 * grids[2.0, 64 * 64][0]
    assert grids[2.0, 128 * 128][1] > grids[2.0, 64 * 64][1]


def test_a_system_prompt_changes_the_prompt(checkpoint: Path, load: Callable[..., Loaded]) -> None:
    assert "Be brief." in load(checkpoint, system_prompt="Be brief.").model._before
    qwen = load(checkpoint, system_prompt="qwen").model
    assert "system\nYou are Qwen, a virtual human" in qwen._before
    assert qwen.describe()["system_prompt"] == SYSTEM_PROMPTS["qwen"]
    assert "Be brief." not in load(checkpoint).model._before


def test_a_run_of_a_checkpoint_says_which_weights_it_used(checkpoint: Path, built: Path, tmp_path: Path) -> None:
    asked = EvalOptions(
        model=str(checkpoint),
        model_options={"max_new_tokens": 4, **SMALL},
        data=str(built),
        conditions=("aligned",),
        limit=4,
        out=tmp_path / "run",
    )
    report = evaluate(asked)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["model"]["name"] == checkpoint.name
    assert record["versions"]["transformers"]
    changed = tmp_path / "changed" / checkpoint.name
    shutil.copytree(checkpoint, changed)
    weights = changed / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert resolve_model(str(changed)).describe()["revision"] != record["model"]["revision"]
    made = read_predictions(tmp_path / "run" / PREDICTIONS)
    assert len(made) == 8
    assert report.errors == sum(p.error is not None for p in made.values())


@pytest.fixture(scope="session")
def adapter(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a LoRA adapter with random weights."""
    return save_adapter(checkpoint, tmp_path_factory.mktemp("adapter") / "mine", base=str(checkpoint))


def save_adapter(checkpoint: Path, folder: Path, *, base: str) -> Path:
    import torch
    from peft import LoraConfig, get_peft_model

    loaded = resolve_model(str(checkpoint))
    assert isinstance(loaded, OmniModel)
    loaded.load()
    target = r"model\.language_model\.layers\.\d+\.self_attn\.(q|v)_proj"
    tuned = get_peft_model(loaded.thinker, LoraConfig(r=4, target_modules=target))
    torch.manual_seed(1)
    for name, parameter in tuned.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=1.0)
    tuned.peft_config["default"].base_model_name_or_path = base
    tuned.save_pretrained(folder)
    return folder


def test_an_adapter_changes_the_answers_and_is_written_down(
    checkpoint: Path, adapter: Path, load: Callable[..., Loaded], unit: ClipQuestions
) -> None:
    base, tuned = load(checkpoint), load(checkpoint, adapter=str(adapter))
    asked = questions(unit)
    together = texts(tuned.model.answer(tuned.prepared, asked))
    assert together != texts(base.model.answer(base.prepared, asked))
    assert together == [alone(tuned, unit, question) for question in asked]
    assert tuned.model.describe()["adapter"]["name"] == "mine"
    assert base.model.describe()["adapter"] is None


def test_an_adapter_of_another_base_is_refused_before_anything_is_loaded(checkpoint: Path, tmp_path: Path) -> None:
    other = save_adapter(checkpoint, tmp_path / "other", base="Qwen/Qwen2.5-Omni-3B")
    with pytest.raises(ModelError, match=r"trained on Qwen/Qwen2\.5-Omni-3B, not on .*random-"):
        resolve_model(str(checkpoint), {"adapter": str(other)})


def test_an_adapter_of_other_sizes_is_refused(checkpoint: Path, adapter: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    wrong = tmp_path / "wrong"
    shutil.copytree(adapter, wrong)
    weights = load_file(wrong / "adapter_model.safetensors")
    save_file({name: w.repeat(2, 2) for name, w in weights.items()}, wrong / "adapter_model.safetensors")
    model = resolve_model(str(checkpoint), {"adapter": str(wrong)})
    with pytest.raises(ModelError, match="does not fit"):
        model.load()
    save_file({f"{name}.more": w for name, w in weights.items()}, wrong / "adapter_model.safetensors")
    with pytest.raises(ModelError, match="layers do not match the model's"):
        resolve_model(str(checkpoint), {"adapter": str(wrong)}).load()


def test_a_folder_that_is_no_adapter_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no adapter_config\.json and no adapter_model\.safetensors"):
        resolve_model(str(checkpoint), {"adapter": str(tmp_path)})


def test_a_checkpoint_of_another_architecture_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(ModelError, match="unsupported model type 'llama'; supported: qwen2_5_omni"):
        resolve_model(str(tmp_path))


def test_pickled_weights_are_not_loaded(checkpoint: Path, tmp_path: Path) -> None:
    import torch

    copy = tmp_path / checkpoint.name
    shutil.copytree(checkpoint, copy)
    (copy / "model.safetensors").unlink()
    torch.save({}, copy / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be loaded"):
        resolve_model(str(copy)).load()


def test_damaged_weights_are_said_to_be(checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / checkpoint.name
    shutil.copytree(checkpoint, copy)
    (copy / "model.safetensors").write_bytes((checkpoint / "model.safetensors").read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        resolve_model(str(copy)).load()


def test_a_precision_that_does_not_exist_is_named(checkpoint: Path) -> None:
    with pytest.raises(ModelError, match="--dtype int4: expected float32"):
        resolve_model(str(checkpoint), {"dtype": "int4"}).describe()


def test_a_whole_checkpoint_as_it_is_published_gives_its_thinker(
    checkpoint: Path, load: Callable[..., Loaded], unit: ClipQuestions, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    whole = tmp_path / checkpoint.name
    shutil.copytree(checkpoint, whole)
    thinker = json.loads((checkpoint / "config.json").read_text())
    model_type = thinker["model_type"].removesuffix("_thinker")
    config = {"model_type": model_type, "thinker_config": thinker, "enable_audio_output": False}
    (whole / "config.json").write_text(json.dumps(config))
    weights = load_file(checkpoint / "model.safetensors")
    published = {f"thinker.{name}": weight for name, weight in weights.items()}
    save_file(published, whole / "model.safetensors", metadata={"format": "pt"})
    plain, found = load(checkpoint), load(whole)
    asked = questions(unit)[:3]
    assert texts(found.model.answer(found.prepared, asked)) == texts(plain.model.answer(plain.prepared, asked))
