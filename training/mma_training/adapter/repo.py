"""The folder that is pushed to the Hub: the adapter, its card, and how it was made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mma_bench.core.files import write_text, writing
from mma_eval.models.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from mma_eval.run.provenance import machine_in_words
from mma_training.adapter.card import write_card
from mma_training.adapter.provenance import public_name
from mma_training.adapter.usage import RECIPE
from mma_training.config import TrainingConfig
from mma_training.train.curves import draw_curves, write_log

RECORD = "training.json"
"""Written last: its presence means that the adapter is finished."""


def write_adapter_repo(
    out: Path, work: Path, config: TrainingConfig, record: Mapping[str, Any], state: Any, seconds: float | None
) -> None:
    """Write the adapter of the best checkpoint, with its card.

    Args:
        out: the folder.
        work: of the training.
        config: of it.
        record: what it was.
        state: the Trainer's.
        seconds: that it took, without what interruptions undid; None where that is not known.

    Raises:
        StorageError: the disk is full.
    """
    import torch

    best = work / f"checkpoint-{state.best_global_step}"
    for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS):
        with writing(out / name) as partial:
            shutil.copyfile(best / name, partial)
    write_log(out, state.log_history)
    draw_curves(out, state.log_history, state.best_global_step)
    write_text(out / RECIPE, yaml.safe_dump(_recipe(config), sort_keys=False))
    chosen = next(e for e in state.log_history if e["step"] == state.best_global_step and "eval_accuracy" in e)
    result = {
        "steps": state.max_steps,
        "best_step": state.best_global_step,
        "parameters": _count(out / ADAPTER_WEIGHTS),
        "validation": {k.removeprefix("eval_"): v for k, v in chosen.items() if k.startswith("eval_")},
        "seconds": seconds,
        "machine": machine_in_words(torch.get_num_threads()),
    }
    write_card(out, {**record, "result": result})
    write_text(out / RECORD, json.dumps({**record, "result": result}, indent=1) + "\n")


def _recipe(config: TrainingConfig) -> dict[str, Any]:
    given = config.model_dump(mode="json", exclude_unset=True)
    return {**given, "data": {**given.get("data", {}), "name": public_name(config.data.name)}}


def _count(weights: Path) -> int:
    from safetensors import safe_open

    with safe_open(weights, framework="pt") as file:
        return sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118
