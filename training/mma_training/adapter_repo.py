"""The folder that is pushed to the Hub: the adapter, its card, and how it was made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_bench.files import write_text, writing
from mma_training.card import write_card
from mma_training.curves import LOG, PICTURE, draw_curves, write_log

RECORD = "training.json"
"""Written last: its presence means that the adapter is finished."""
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def write_adapter_repo(out: Path, work: Path, record: Mapping[str, Any], state: Any) -> None:
    """Write the adapter of the best checkpoint, with its card.

    Args:
        out: the folder.
        work: of the training.
        record: what it was.
        state: the Trainer's.

    Raises:
        StorageError: the disk is full.
    """
    best = work / f"checkpoint-{state.best_global_step}"
    for name in (CONFIG, WEIGHTS):
        with writing(out / name) as partial:
            shutil.copyfile(best / name, partial)
    write_log(out, state.log_history)
    draw_curves(out, state.log_history, state.best_global_step)
    chosen = next(e for e in state.log_history if e["step"] == state.best_global_step and "eval_accuracy" in e)
    result = {
        "steps": state.max_steps,
        "best_step": state.best_global_step,
        "parameters": _count(out / WEIGHTS),
        "validation": {k.removeprefix("eval_"): v for k, v in chosen.items() if k.startswith("eval_")},
        "files": [LOG, PICTURE],
    }
    write_card(out, {**record, "result": result})
    write_text(out / RECORD, json.dumps({**record, "result": result}, indent=1) + "\n")


def _count(weights: Path) -> int:
    from safetensors import safe_open

    with safe_open(weights, framework="pt") as file:
        return sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118
