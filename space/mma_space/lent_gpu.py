"""GPUs that a Space lends for the length of a call (ZeroGPU); elsewhere nothing is lent and nothing is asked for.

This module is to be imported before torch: on ZeroGPU the package `spaces` puts itself between torch and the device.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

LENT = bool(os.environ.get("SPACES_ZERO_GPU"))
"""Whether this is a Space on ZeroGPU."""
SECONDS = 60
"""That a call may take; a short time stands before longer ones in the queue for GPUs."""

if LENT:
    import spaces


def on_lent_gpu(work: Callable[..., Any]) -> Callable[..., Any]:
    """`work` on a GPU, where GPUs are lent. What it is given and returns crosses a process boundary there."""
    return spaces.GPU(duration=SECONDS)(work) if LENT else work
