"""The weights of a sharded model, whole for a while: a validation asks of each process something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mma_training.errors import ConfigError


def require_whole_weights(trainer: Any) -> None:
    """See that a validation will be possible.

    Raises:
        ConfigError: the model is sharded in a way in which every process must make the same steps.
    """
    state = trainer.accelerator.state
    sharded, deepspeed = getattr(state, "fsdp_plugin", None), state.deepspeed_plugin
    if (sharded is not None and sharded.fsdp_version != 2) or (deepspeed is not None and deepspeed.zero_stage == 3):
        raise ConfigError(
            "in a validation each process answers other questions, which FSDP's first version and DeepSpeed's third "
            "stage cannot: use FSDP with fsdp_version 2, DeepSpeed's stages 1 or 2, or neither"
        )


@contextmanager
def whole_weights(trainer: Any) -> Iterator[None]:
    """Gather what FSDP spread over processes, and keep it; each needs memory for the whole model.

    Without FSDP nothing is done.
    """
    if getattr(trainer.accelerator.state, "fsdp_plugin", None) is None:
        yield
        return
    layers = [module for module in trainer.model_wrapped.modules() if hasattr(module, "set_reshard_after_forward")]
    for layer in layers:
        layer.set_reshard_after_forward(False, recurse=False)  # else a layer is whole for one question only
        layer.unshard()
    try:
        yield
    finally:
        for layer in layers:
            layer.set_reshard_after_forward(True, recurse=False)
            layer.reshard()
