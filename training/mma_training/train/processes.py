"""Which of the processes of a training this one is."""

from __future__ import annotations

from typing import Any


def this_process() -> Any:
    """accelerate's PartialState: alone, or one of those that torchrun or `accelerate launch` started."""
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())  # unasked it would not join others on a CPU
