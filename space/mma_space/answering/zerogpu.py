"""Run functions on a GPU that the Hub lends for the length of a call (ZeroGPU); elsewhere run them as they are.

Import this module before torch: on ZeroGPU the package `spaces` has to patch torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

ON_ZEROGPU = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
"""This process runs in a Space on ZeroGPU."""

if ON_ZEROGPU:
    import spaces


def on_lent_gpu(seconds: Callable[..., int]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function to run on a lent GPU, where its arguments and result cross a process boundary.

    Args:
        seconds: computes, from the call's arguments, how long it may take; longer calls wait longer for a GPU and use
            up more of the visitor's quota.
    """
    return lambda work: spaces.GPU(duration=seconds)(work) if ON_ZEROGPU else work
