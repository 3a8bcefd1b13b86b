"""A tuning of seconds, as a configuration's content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mma_training.config import TrainingConfig

Configure = Callable[..., TrainingConfig]


def small_tuning(folder: Path, model: str | Path = "tiny-omni", **changes: dict[str, Any]) -> dict[str, Any]:
    """Three clips with their swaps, one epoch; `changes` by section."""
    small_frames = {} if str(model) == "tiny-omni" else {"min_pixels": 64 * 64, "max_pixels": 96 * 96}
    content: dict[str, Any] = {
        "base": {"name": str(model), **small_frames},
        "lora": {"rank": 4, "alpha": 8, "dropout": 0.1},
        "data": {"name": str(folder), "limit": 3},
        "validation": {"questions": 8, "times": 3},
        "optimisation": {"learning_rate": 1e-3, "epochs": 1.0, "batch": 4, "accumulation": 2, "precision": "fp32"},
    }
    for name, section in changes.items():
        content.setdefault(name, {}).update(section)
    return content
