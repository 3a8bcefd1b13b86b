"""GPUs that a Space lends for the length of a call (ZeroGPU); elsewhere nothing is lent and nothing is asked for.

This module is to be imported before torch: on ZeroGPU the package `spaces` puts itself between torch and the device.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

LENT = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
"""Whether this is a Space on ZeroGPU."""

if LENT:
    import spaces


def on_lent_gpu(seconds: Callable[..., int]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a function on a GPU, where GPUs are lent. What it is given and returns crosses a process boundary there.

    Args:
        seconds: that a call may take, from its arguments: longer ones wait longer and cost visitors more.
    """
    return lambda work: spaces.GPU(duration=seconds)(work) if LENT else work
