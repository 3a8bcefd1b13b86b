"""The adapter: which projections of the text model get one, and nothing of the towers or the talker."""

from __future__ import annotations

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
"""Of a mixture of experts, all of a layer's in one tensor."""


@dataclass(frozen=True)
class Targets:
    """What gets an adapter."""

    modules: tuple[str, ...]
    """Whole names of linear layers. Not a pattern: for mixtures of experts PEFT would reduce that to last names such as
    q_proj, which the towers have too."""
    parameters: tuple[str, ...]
    """Whole names of tensors that are no linear layers: experts."""


def targets_of(thinker: Any, which: str) -> Targets:
    """The projections of a thinker's text model.

    Args:
        thinker: of either family; its weights may be on the meta device.
        which: all, attention or qv.
    """
    pattern = rf"{_TEXT_LAYERS}\.(?:self_attn|mlp)\.(?:{'|'.join(_PROJECTIONS[which])})"
    experts = rf"{_TEXT_LAYERS}\.mlp\.experts\.(?:{'|'.join(_EXPERTS)})"
    modules = tuple(name for name, _ in thinker.named_modules() if re.fullmatch(pattern, name))
    if which != "all":
        return Targets(modules, ())
    return Targets(modules, tuple(name for name, _ in thinker.named_parameters() if re.fullmatch(experts, name)))


def counted(targets: Targets) -> Counter[str]:
    """How many projections there are of each kind (q_proj, ...)."""
    return Counter(name.rpartition(".")[2] for name in (*targets.modules, *targets.parameters))


def attach(thinker: Any, lora: LoraSection, *, base: str, revision: str | None) -> Any:
    """The thinker with a fresh adapter; everything else is frozen.

    Args:
        thinker: loaded.
        lora: its size and place.
        base: what the adapter's config names as its base.
        revision: of it on the Hub.

    Returns:
        A PeftModel.

    Raises:
        ConfigError: dropout for experts.
        TrainingError: nothing matches, or something outside of the text model would be trained.
    """
    from peft import LoraConfig, get_peft_model

    targets = targets_of(thinker, lora.targets)
    if not targets.modules:
        raise TrainingError(
            f"{base}: its text model has no {', '.join(_PROJECTIONS[lora.targets])}; it is of an unknown architecture"
        )
    if targets.parameters and lora.dropout:
        raise ConfigError("lora.dropout: experts take none; set it to 0, or lora.targets to attention")
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(targets.modules),
        target_parameters=list(targets.parameters) or None,
    )
    with catch_warnings():
        # PEFT asks the model by the name that transformers has given up; whoever tunes can do nothing about it.
        filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        tuned = get_peft_model(thinker, config)
    tuned.peft_config["default"].base_model_name_or_path = base  # else the folder it was loaded from
    tuned.peft_config["default"].revision = revision
    # PEFT shortens names to what tells them apart here; in a model with a talker these would match that too.
    tuned.peft_config["default"].target_modules = list(targets.modules)
    # Embeddings are never trained; to see whether they were, PEFT would ask the Hub for the base.
    tuned.save_pretrained = partial(tuned.save_pretrained, save_embedding_layers=False)
    outside = [n for n, p in tuned.named_parameters() if p.requires_grad and not re.search(_TEXT_LAYERS, n)]
    if outside:
        raise TrainingError(
            f"{base}: {len(outside)} parameters outside of the text model would be trained: {outside[0]}"
        )
    return tuned
