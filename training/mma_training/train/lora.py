"""Attach a LoRA adapter to the text model's projections, leaving encoders and talker untouched."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from warnings import catch_warnings, filterwarnings

from mma_training.config import LoraSection
from mma_training.errors import ConfigError, TrainingError

_TEXT_LAYERS = r"model\.language_model\.layers\.\d+"
_ATTENTION, _FEED_FORWARD = ("q_proj", "k_proj", "v_proj", "o_proj"), ("gate_proj", "up_proj", "down_proj")
_PROJECTIONS: Mapping[str, tuple[str, ...]] = {
    "all": (*_ATTENTION, *_FEED_FORWARD),
    "attention": _ATTENTION,
    "qv": ("q_proj", "v_proj"),
}
_EXPERTS = ("gate_up_proj", "down_proj")  # one tensor stacks all experts of a layer


def targets_of(thinker: Any, which: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the projections to adapt in a thinker, whose weights may be on the meta device.

    `which` is all, attention or qv. Returns the full names of the linear layers and of the expert tensors. Patterns
    would not do: for mixtures of experts, PEFT reduces them to suffixes such as q_proj, which the encoders have too.
    """
    layers = rf"{_TEXT_LAYERS}\.(?:self_attn|mlp)\.(?:{'|'.join(_PROJECTIONS[which])})"
    experts = rf"{_TEXT_LAYERS}\.mlp\.experts\.(?:{'|'.join(_EXPERTS)})"
    modules = tuple(name for name, _ in thinker.named_modules() if re.fullmatch(layers, name))
    tensors = tuple(name for name, _ in thinker.named_parameters() if which == "all" and re.fullmatch(experts, name))
    return modules, tensors


def attach(thinker: Any, lora: LoraSection, *, base: str, revision: str | None) -> Any:
    """Attach a new LoRA adapter to a loaded thinker, freeze all other parameters, and return the PeftModel.

    Writes `base` and `revision` (None for a local base) to adapter_config.json when the adapter is saved.

    Raises:
        ConfigError: `lora` requests dropout for expert weights.
        TrainingError: the text model has no such projection, or a parameter outside it would be trained.
    """
    from peft import LoraConfig, get_peft_model

    modules, tensors = targets_of(thinker, lora.targets)
    if not modules:
        raise TrainingError(
            f"{base}: the text model has no {' or '.join(_PROJECTIONS[lora.targets])}; expected a Qwen Omni model"
        )
    if tensors and lora.dropout:
        raise ConfigError(
            f"lora.dropout {lora.dropout}: PEFT does not support dropout on the expert weights of {base}; "
            "set lora.dropout to 0, or set lora.targets to attention to leave the experts untrained"
        )
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(modules),
        target_parameters=list(tensors) or None,
    )
    with catch_warnings():
        # PEFT reads an attribute deprecated by transformers, which users cannot fix.
        filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        tuned = get_peft_model(thinker, config)
    saved = tuned.peft_config["default"]
    saved.base_model_name_or_path, saved.revision = base, revision  # not the folder it was loaded from
    # PEFT shortens names to suffixes unique in the thinker; in the whole model they would also match the talker.
    saved.target_modules = list(modules)
    # Embeddings are never trained; to check this, PEFT would ask the Hub for the base.
    tuned.save_pretrained = partial(tuned.save_pretrained, save_embedding_layers=False)
    outside = [n for n, p in tuned.named_parameters() if p.requires_grad and not re.search(_TEXT_LAYERS, n)]
    if outside:
        raise TrainingError(
            f"{base}: LoRA would train {len(outside)} parameters outside the text model, such as {outside[0]}; "
            "expected a Qwen Omni model"
        )
    return tuned
