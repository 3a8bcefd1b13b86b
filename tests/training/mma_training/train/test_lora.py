"""The adapter is attached to every intended projection of the text model, and to nothing else."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mma_eval.resolve import resolve_model
from mma_training.config import LoraSection
from mma_training.train.lora import attach, targets_of

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


def full_size(family: str) -> Any:
    """A thinker of the published size, without memory for its weights."""
    import torch
    from transformers import (
        Qwen2_5OmniThinkerConfig,
        Qwen2_5OmniThinkerForConditionalGeneration,
        Qwen3OmniMoeThinkerConfig,
        Qwen3OmniMoeThinkerForConditionalGeneration,
    )

    with torch.device("meta"):
        if family == "qwen2_5_omni":  # the defaults of its configuration are those of the 7B
            return Qwen2_5OmniThinkerForConditionalGeneration(Qwen2_5OmniThinkerConfig())
        text = {
            "hidden_size": 2048, "num_hidden_layers": 48, "num_attention_heads": 32, "num_key_value_heads": 4,
            "head_dim": 128, "moe_intermediate_size": 768, "num_experts": 128, "num_experts_per_tok": 8,
        }  # fmt: skip
        return Qwen3OmniMoeThinkerForConditionalGeneration(Qwen3OmniMoeThinkerConfig(text_config=text))


@pytest.mark.parametrize(
    ("family", "which", "expected"),
    [
        ("qwen2_5_omni", "all", dict.fromkeys((*ATTENTION, "gate_proj", "up_proj", "down_proj"), 28)),
        ("qwen2_5_omni", "attention", dict.fromkeys(ATTENTION, 28)),
        ("qwen2_5_omni", "qv", dict.fromkeys(("q_proj", "v_proj"), 28)),
        ("qwen3_omni_moe", "all", dict.fromkeys((*ATTENTION, "gate_up_proj", "down_proj"), 48)),
        ("qwen3_omni_moe", "attention", dict.fromkeys(ATTENTION, 48)),
    ],
)
def test_every_projection_of_the_full_size_text_model_is_matched_and_no_other(
    family: str, which: str, expected: dict[str, int]
) -> None:
    import torch

    thinker = full_size(family)
    modules, tensors = targets_of(thinker, which)
    assert Counter(name.rpartition(".")[2] for name in (*modules, *tensors)) == Counter(expected)
    with torch.device("meta"):
        tuned = attach(thinker, LoraSection(targets=which), base="org/omni", revision=None)  # type: ignore[arg-type]
    trained = [name for name, p in tuned.named_parameters() if p.requires_grad]
    assert len(trained) == 2 * sum(expected.values())
    assert all(".language_model.layers." in name for name in trained)
    print(f"{family}, {which}: {dict(expected)}, {sum(p.numel() for p in tuned.parameters() if p.requires_grad):,}")


def test_in_the_whole_model_the_same_names_are_the_thinkers_alone() -> None:
    import torch
    from transformers import Qwen2_5OmniConfig, Qwen2_5OmniForConditionalGeneration

    with torch.device("meta"):
        whole = Qwen2_5OmniForConditionalGeneration(Qwen2_5OmniConfig(enable_audio_output=True))
    wanted, _ = targets_of(whole.thinker, "all")
    names = [name for name, _ in whole.named_modules()]
    assert any(name.startswith("talker.model.layers.0.self_attn.q_proj") for name in names)
    found = [name for name in names if name.endswith(wanted)]  # as PEFT looks for them
    assert len(found) == len(wanted) == 28 * 7
    assert all(name.startswith("thinker.model.language_model.") for name in found)


def test_what_is_saved_is_exactly_what_was_trained(checkpoint: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    omni: Any = resolve_model(str(checkpoint), {"dtype": "float32"})
    omni.load()
    tuned = attach(omni.thinker, LoraSection(rank=4), base="org/omni", revision="abc")
    trained = {name.replace(".default", "") for name, p in tuned.named_parameters() if p.requires_grad}
    tuned.save_pretrained(tmp_path)
    with safe_open(tmp_path / "adapter_model.safetensors", framework="pt") as file:
        assert set(file.keys()) == trained
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["revision"]) == ("org/omni", "abc")
    assert all(name.startswith("model.language_model.layers.") for name in config["target_modules"])
