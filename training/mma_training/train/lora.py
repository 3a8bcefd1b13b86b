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
    """Find the projections to adapt (all, attention or qv) in a thinker, whose weights may be on the meta device.

    Returns full names of linear layers and of expert tensors, not patterns: for mixtures of experts PEFT would reduce
    patterns to suffixes such as q_proj, which also occur in the encoders.
    """
    layers = rf"{_TEXT_LAYERS}\.(?:self_attn|mlp)\.(?:{'|'.join(_PROJECTIONS[which])})"
    experts = rf"{_TEXT_LAYERS}\.mlp\.experts\.(?:{'|'.join(_EXPERTS)})"
    modules = tuple(name for name, _ in thinker.named_modules() if re.fullmatch(layers, name))
    tensors = tuple(name for name, _ in thinker.named_parameters() if which == "all" and re.fullmatch(experts, name))
    return modules, tensors


def attach(thinker: Any, lora: LoraSection, *, base: str, revision: str | None) -> Any:
    """Attach a new LoRA adapter to a loaded thinker, freeze all other parameters, and return the PeftModel.

    `base` and `revision` (None for a local base) are written to adapter_config.json.

    Raises:
        ConfigError: dropout is requested for experts.
        TrainingError: no projection matches, or a parameter outside the text model would be trained.
    """
    from peft import LoraConfig, get_peft_model

    modules, tensors = targets_of(thinker, lora.targets)
    if not modules:
        raise TrainingError(
            f"{base}: no {', '.join(_PROJECTIONS[lora.targets])} in the text model; expected a Qwen Omni model"
        )
    if tensors and lora.dropout:
        raise ConfigError("lora.dropout: unsupported for experts by PEFT; set it to 0, or lora.targets to attention")
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
            f"{base}: {len(outside)} parameters outside the text model would be trained, such as {outside[0]}"
        )
    return tuned
