"""Where something was measured, in words."""

from __future__ import annotations

import platform
import sys
from pathlib import Path


def machine_in_words(threads: int) -> str:
    """The GPUs, or the processor with the threads that were used."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}"
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(named, platform.machine())}, {threads} threads"
