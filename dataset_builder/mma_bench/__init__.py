"""MMA-Bench: clips whose video, audio and text conflict, to test which modality a multimodal model follows.

from mma_bench import BuildOptions, build     # the Python API of `mma-bench build`; imported lazily
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mma_bench.builder.build import build
    from mma_bench.builder.options import BuildOptions

__version__ = "0.1.0"
__all__ = ["BuildOptions", "__version__", "build"]

_LAZY = {"BuildOptions": "mma_bench.builder.options", "build": "mma_bench.builder.build"}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
