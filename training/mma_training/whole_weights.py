"""The weights of a sharded model, whole for a while: a validation asks of each process something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def whole_weights(trainer: Any) -> Iterator[None]:
    """Gather what FSDP or DeepSpeed's third stage spread over processes; each needs memory for the whole model.

    With neither, nothing is done.
    """
    state = trainer.accelerator.state
    sharded = getattr(state, "fsdp_plugin", None)
    if state.deepspeed_plugin is not None and state.deepspeed_plugin.zero_stage == 3:
        import deepspeed

        with deepspeed.zero.GatheredParameters(list(trainer.model.parameters()), modifier_rank=None):
            yield
    elif sharded is not None and sharded.fsdp_version == 2:
        modules = [module for module in trainer.model_wrapped.modules() if hasattr(module, "unshard")]
        for module in modules:
            module.unshard()
        try:
            yield
        finally:
            for module in modules:
                module.reshard()
    elif sharded is not None:
        from torch.distributed.fsdp import FullyShardedDataParallel

        with FullyShardedDataParallel.summon_full_params(trainer.model_wrapped, writeback=False):
            yield
    else:
        yield
