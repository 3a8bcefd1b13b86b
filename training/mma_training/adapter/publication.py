"""A tuned adapter as it is published: weights that execute nothing, its card, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_bench.hub.publication import CARD, Publication, files_of
from mma_bench.hub.target import HubError, Target
from mma_eval.models.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from mma_eval.resolve import shipped_or_given
from mma_training.adapter.card import SCORES, card_of
from mma_training.adapter.repo import RECORD
from mma_training.adapter.scores import RESULTS
from mma_training.adapter.usage import RECIPE, eval_flags
from mma_training.errors import TrainingError
from mma_training.train.curves import LOG, PICTURE

_NEEDED = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, RECORD, RECIPE)
_ALLOWED = (*_NEEDED, CARD, SCORES, RESULTS, LOG, PICTURE)


def adapter_publication(name: str, target: Target) -> Publication:
    """What is published of an adapter.

    Args:
        name: a folder that `mma-bench train` wrote, or an adapter that ships.
        target: where it goes; the card names that place.

    Raises:
        TrainingError: it is no such folder, or its training is not finished.
        HubError: it holds what no adapter has, or its base is a folder of this machine.
    """
    folder = Path(shipped_or_given(name))
    missing = [file for file in _NEEDED if not (folder / file).is_file()]
    if missing:
        raise TrainingError(f"{folder}: no {', '.join(missing)}; expected a folder that `mma-bench train` finished")
    files = files_of(folder, _ALLOWED, what="an adapter")
    record: Mapping[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    base = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))["base_model_name_or_path"]
    for place, name in ((ADAPTER_CONFIG, base), (RECORD, record["base"]["name"])):
        if Path(name).is_absolute() or Path(name).is_dir():
            raise HubError(
                f"{folder / place}: the base is {name}, a folder of this machine, where nobody finds it; publish the "
                "base, and tune with its Hub id"
            )
    card = card_of(folder, record, target.id)
    usage = (
        f'PeftModel.from_pretrained(model, "{target.id}"{target.argument})\n'
        f"mma-bench eval --model {base} --adapter {target.id}{eval_flags(record)}"
    )
    return Publication(
        what="adapter",
        repo_type="model",
        files={**files, CARD: card.encode()},
        allowed=_ALLOWED,
        mark=RECORD,
        mark_says='"mma-bench"',
        usage=usage,
    )
