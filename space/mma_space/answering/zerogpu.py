"""Run functions on ZeroGPU, which attaches a GPU for the duration of a call; elsewhere, run them unchanged.

Import this module before torch: on ZeroGPU it imports the package `spaces`, which patches torch.
"""

import os
from collections.abc import Callable
from typing import Any

ON_ZEROGPU = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
"""True in a Space that runs on ZeroGPU."""

if ON_ZEROGPU:
    import spaces


def on_zerogpu(seconds: Callable[..., int]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function to run on ZeroGPU, in another process to which its arguments are sent.

    `seconds` computes the maximum duration of a call from the call's arguments. Calls with a longer maximum wait longer
    for a GPU and use more of the visitor's quota.
    """
    return lambda work: spaces.GPU(duration=seconds)(work) if ON_ZEROGPU else work
