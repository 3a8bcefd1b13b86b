"""What a training was: enough to go on with it, to repeat it, and to tell it from another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mma_bench import __version__
from mma_bench.builder.options import build_command
from mma_bench.dataset.reading import BuiltDataset
from mma_eval.models.omni import OmniModel
from mma_training.config import TrainingConfig
from mma_training.data.rows import TuningRow
from mma_training.train.processes import this_process

MATTERS = ("config", "base", "data", "versions", "processes")
"""What must be equal for a checkpoint to be gone on from."""
_SAME_WEIGHTS: Any = {
    "report_to": True,
    "data": {"name"},
    "base": {"name"},
    "optimisation": {"gradient_checkpointing"},
}
"""Of a configuration: what may change between a checkpoint and what goes on from it."""
_LIBRARIES = ("torch", "transformers", "peft", "accelerate", "av", "numpy")


def public_name(name: str) -> str:
    """A dataset as others may know it: its id on the Hub, or its folder's name without where it lies.

    >>> public_name("org/mma-bench"), public_name("/home/me/mma-bench")
    ('org/mma-bench', 'mma-bench')
    """
    return Path(name).name if Path(name).is_dir() or name.count("/") != 1 else name


def describe_training(
    config: TrainingConfig, omni: OmniModel, data: BuiltDataset, rows: Sequence[TuningRow], unseen: Sequence[str]
) -> dict[str, Any]:
    """The content of training.json before there are results."""
    record = {
        "config": config.model_dump(mode="json", exclude=_SAME_WEIGHTS),
        "base": {k: v for k, v in omni.describe().items() if k not in ("adapter", "decoding", "max_new_tokens")},
        "dataset": public_name(config.data.name),
        "dataset_built_by": _built_by(data) if Path(config.data.name).is_dir() else None,
        "data": {
            "digest": data.digest,
            "source": "synthetic" if data.drawn else "recordings",
            "rows": dict(Counter(row.condition for row in rows)),
            "clips": len({row.clip_id for row in rows}),
            "seen_classes": [name for name in data.classes if name not in unseen],
            "unseen_classes": list(unseen),
        },
        "processes": this_process().num_processes,
        "versions": {"mma-bench": __version__, **{name: version(name) for name in _LIBRARIES}},
    }
    result: dict[str, Any] = json.loads(json.dumps(record))  # as it will be read back
    return result


def _built_by(data: BuiltDataset) -> str | None:
    return build_command(data.record.options, data.folder.resolve().name)
