"""What is typed to use an adapter, and to make it again: for its card, and for whoever has just trained it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_eval.models.adapter import ADAPTER_CONFIG
from mma_eval.resolve import WEIGHTS
from mma_training.config import SHIPPED, load_config

RECIPE = "config.yaml"
"""In an adapter's folder: the configuration as it was given; `mma-bench train` takes it."""
THINKERS = {
    "qwen2_5_omni": "Qwen2_5OmniThinkerForConditionalGeneration",
    "qwen3_omni_moe": "Qwen3OmniMoeThinkerForConditionalGeneration",
}
"""What transformers calls the model of a family. By name: importing them takes seconds."""


def usage_of(folder: Path, record: Mapping[str, Any], hub_id: str | None = None) -> dict[str, Any]:
    """Names and options that work where the adapter lies.

    Args:
        folder: of the adapter, with its adapter_config.json and config.yaml.
        record: its training.json.
        hub_id: where it is published, or will be; None: it is used from its folder.

    Returns:
        adapter and base (a path, a shipped name or a Hub id), whether the adapter is published, whether each is a
        shipped name, the thinker's class,
        flags of `mma-bench eval`, and recipe, what `mma-bench train` is given.
    """
    base = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))["base_model_name_or_path"]
    adapter_ships = hub_id is None and folder.resolve().parent == WEIGHTS
    base_ships = _ships(base)
    return {
        "adapter": hub_id or (folder.resolve().name if adapter_ships else place(folder)),
        "published": hub_id is not None,
        "adapter_ships": adapter_ships,
        "base": place(Path(base)) if Path(base).is_dir() else base,
        "base_ships": base_ships,
        "thinker": THINKERS[record["base"]["family"]],
        "flags": eval_flags(record),
        "recipe": _recipe(folder, RECIPE if hub_id else f"{place(folder)}/{RECIPE}"),
    }


def eval_flags(record: Mapping[str, Any]) -> str:
    """What `mma-bench eval` must be told, so that a clip is taken in as in the tuning."""
    given = record["config"]["base"]
    names = ("revision", "fps", "min_pixels", "max_pixels", "system_prompt")
    return "".join(f" --{n.replace('_', '-')} {shlex.quote(str(given[n]))}" for n in names if given[n] is not None)


def place(folder: Path) -> str:
    """Where a folder lies, as far as others may know it: seen from the working directory, or its name alone."""
    whole = folder.resolve()
    return str(whole.relative_to(Path.cwd())) if Path.cwd() in whole.parents else whole.name


def _ships(name: str) -> bool:
    return not Path(name).exists() and name.count("/") == 0 and (WEIGHTS / name).is_dir()


def _recipe(folder: Path, own: str) -> str:
    """A configuration that ships where that is what was given, with the dataset; else `own`, the adapter's."""
    given = load_config(folder / RECIPE)
    data = f"data.name={json.dumps(given.data.name)}"
    for name in SHIPPED:
        if load_config(name, [data]) == given:
            return f"{name} --data {shlex.quote(given.data.name)}"
    return shlex.quote(own)
