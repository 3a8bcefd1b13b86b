"""Attach a LoRA adapter to the text model's projections, leaving encoders and talker untouched."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
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
_EXPERTS = ("gate_up_proj", "down_proj")
"""Projections of a mixture of experts; one tensor stacks all experts of a layer."""


@dataclass(frozen=True)
class Targets:
    """Names of the projections to adapt."""

    modules: tuple[str, ...]
    """Full names of linear layers, not a pattern: for mixtures of experts PEFT would reduce it to suffixes such as
    q_proj, which also occur in the encoders."""
    parameters: tuple[str, ...]
    """Full names of expert tensors, which are not linear layers."""


def targets_of(thinker: Any, which: str) -> Targets:
    """Find the projections to adapt in a thinker's text model.

    Args:
        thinker: a thinker of either family; its weights may be on the meta device.
        which: all, attention or qv.
    """
    pattern = rf"{_TEXT_LAYERS}\.(?:self_attn|mlp)\.(?:{'|'.join(_PROJECTIONS[which])})"
    experts = rf"{_TEXT_LAYERS}\.mlp\.experts\.(?:{'|'.join(_EXPERTS)})"
    modules = tuple(name for name, _ in thinker.named_modules() if re.fullmatch(pattern, name))
    if which != "all":
        return Targets(modules, ())
    return Targets(modules, tuple(name for name, _ in thinker.named_parameters() if re.fullmatch(experts, name)))


def counted(targets: Targets) -> Counter[str]:
    """Count the targets by the last part of their names (q_proj, ...)."""
    return Counter(name.rpartition(".")[2] for name in (*targets.modules, *targets.parameters))


def attach(thinker: Any, lora: LoraSection, *, base: str, revision: str | None) -> Any:
    """Attach a new LoRA adapter to a thinker, and freeze all other parameters.

    Args:
        thinker: a loaded thinker.
        lora: rank, scale, dropout and targets of the adapter.
        base: name of the base model for adapter_config.json.
        revision: revision of the base on the Hub; None for a local base.

    Returns:
        A PeftModel.

    Raises:
        ConfigError: dropout is requested for experts.
        TrainingError: no projection matches, or a parameter outside the text model would be trained.
    """
    from peft import LoraConfig, get_peft_model

    targets = targets_of(thinker, lora.targets)
    if not targets.modules:
        raise TrainingError(
            f"{base}: no {', '.join(_PROJECTIONS[lora.targets])} in the text model; expected a Qwen Omni model"
        )
    if targets.parameters and lora.dropout:
        raise ConfigError("lora.dropout: unsupported for experts by PEFT; set it to 0, or lora.targets to attention")
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(targets.modules),
        target_parameters=list(targets.parameters) or None,
    )
    with catch_warnings():
        # PEFT reads an attribute deprecated by transformers, which users cannot fix.
        filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        tuned = get_peft_model(thinker, config)
    tuned.peft_config["default"].base_model_name_or_path = base  # not the folder it was loaded from
    tuned.peft_config["default"].revision = revision
    # PEFT shortens names to suffixes unique in the thinker; in the whole model they would also match the talker.
    tuned.peft_config["default"].target_modules = list(targets.modules)
    # Embeddings are never trained; to check this, PEFT would ask the Hub for the base.
    tuned.save_pretrained = partial(tuned.save_pretrained, save_embedding_layers=False)
    outside = [n for n, p in tuned.named_parameters() if p.requires_grad and not re.search(_TEXT_LAYERS, n)]
    if outside:
        raise TrainingError(
            f"{base}: {len(outside)} parameters outside the text model would be trained, such as {outside[0]}"
        )
    return tuned
