"""Describe a training, in order to resume, reproduce and identify it."""

import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mma_bench import __version__
from mma_bench.builder.options import build_command
from mma_bench.core.records import parse_json
from mma_bench.dataset.reading import BuiltDataset
from mma_eval.models.omni import OmniModel
from mma_training.adapter.folder import public_name
from mma_training.adapter.record import TrainingDescription
from mma_training.config import TrainingConfig
from mma_training.data.rows import TuningRow

RESUME_KEYS = ("config", "base", "data", "versions", "processes")
"""Sections of a description that must match to resume from a checkpoint."""
_NOT_RECORDED: Any = {
    "report_to": True,
    "data": {"name"},
    "base": {"name"},
    "optimisation": {"gradient_checkpointing"},
}
"""Settings that do not affect the weights and may change when a training resumes."""
_LIBRARIES = ("torch", "transformers", "peft", "accelerate", "av", "numpy")


def describe_training(
    config: TrainingConfig,
    omni: OmniModel,
    data: BuiltDataset,
    rows: Sequence[TuningRow],
    unseen: Sequence[str],
    processes: int,
) -> TrainingDescription:
    """Build the description of a training before its start.

    Args:
        config: its configuration.
        omni: the base.
        data: the dataset.
        rows: the rows to train on.
        unseen: the excluded classes.
        processes: number of distributed processes.
    """
    local = Path(config.data.name).is_dir()
    described = {
        "config": config.model_dump(mode="json", exclude=_NOT_RECORDED),
        "base": {k: v for k, v in omni.describe().items() if k not in ("adapter", "decoding", "max_new_tokens")},
        "dataset": public_name(config.data.name),
        "dataset_built_by": build_command(data.record.options, data.folder.resolve().name) if local else None,
        "data": {
            "digest": data.digest,
            "source": "synthetic" if data.drawn else "recordings",
            "rows": dict(Counter(row.condition for row in rows)),
            "clips": len({row.clip_id for row in rows}),
            "seen_classes": [name for name in data.classes if name not in unseen],
            "unseen_classes": list(unseen),
        },
        "processes": processes,
        "versions": {"mma-bench": __version__, **{name: version(name) for name in _LIBRARIES}},
    }
    as_read = parse_json(json.dumps(described))  # lists replace tuples, so that it compares equal to the file
    return TrainingDescription.from_json(as_read, where=config.base.name, made_by="mma-bench train")
