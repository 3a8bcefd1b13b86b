"""What a Space runs: chosen on the command line, or by the variables of a Space on the Hub."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mma_bench.core.errors import OptionsError
from mma_eval.resolve import WEIGHTS


@dataclass(frozen=True)
class Settings:
    """What is shown and who answers."""

    model: str = "tiny-omni"
    """As `--model` of `mma-bench eval`."""
    adapter: str | None = "tiny-omni-mma"
    """Its tuned answers stand beside the base's; None: there are none."""
    data: str | None = None
    """A built dataset, a folder or a Hub id, whose clips are offered; None: clips that the project draws."""
    clips: int = 24
    """How many of them."""
    runs: Path = Path("runs")
    """Run folders in it are shown among the results."""
    waiting: int = 24
    """Visitors who may wait for the model at once; more are asked to come back."""
    metric: str | None = None
    """Hub id of the metric, to link to."""


NOBODY = "none"
"""In an adapter's place: only the base answers."""
CHOSEN = "settings.json"
"""In a Space's folder: variables that were chosen when it was made; the Space's own come before them."""

VARIABLES: Mapping[str, str] = {
    "MMA_MODEL": "model",
    "MMA_ADAPTER": "adapter",
    "MMA_DATA": "data",
    "MMA_CLIPS": "clips",
    "MMA_RUNS": "runs",
    "MMA_WAITING": "waiting",
    "MMA_METRIC": "metric",
}
"""Variables of a Space and the settings that they are."""


def settings_of(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that variables make; a model of one's own comes without an adapter unless one is named.

    Raises:
        OptionsError: a number is none.

    >>> settings_of({"MMA_MODEL": "Qwen/Qwen2.5-Omni-7B"}).adapter is None
    True
    """
    given: dict[str, Any] = {VARIABLES[k]: v for k, v in environment.items() if k in VARIABLES and v.strip()}
    for name in ("clips", "waiting"):
        if name in given:
            given[name] = _count(name, given[name])
    if "runs" in given:
        given["runs"] = Path(given["runs"])
    given["adapter"] = adapter_of(given.get("model", Settings.model), given.get("adapter"))
    return replace(Settings(), **given)


def variables_of(settings: Settings) -> dict[str, str]:
    """The inverse of `settings_of`: what differs from the default.

    >>> variables_of(Settings(clips=12))
    {'MMA_CLIPS': '12'}
    """
    chosen = {variable: getattr(settings, name) for variable, name in VARIABLES.items()}
    if settings.adapter is None and settings.model == Settings.model:
        chosen["MMA_ADAPTER"] = NOBODY
    return {
        variable: str(value)
        for variable, value in chosen.items()
        if value is not None and value != getattr(Settings(), VARIABLES[variable])
    }


def for_this_machine(settings: Settings) -> tuple[Settings, str]:
    """What can be run here, and in words what was changed: without a GPU, tiny-omni takes a large model's place.

    >>> for_this_machine(Settings())[1]
    ''
    """
    if settings.model.count("/") != 1 or ":" in settings.model or Path(settings.model).exists() or _has_gpu():
        return settings, ""
    said = f"There is no GPU here, so tiny-omni answers in place of {settings.model}."
    return replace(settings, model=Settings.model, adapter=Settings.adapter), said


def adapter_of(model: str, given: str | None) -> str | None:
    """The adapter that goes with a model: the one given, and tiny-omni's own unless it is none.

    >>> adapter_of("tiny-omni", None), adapter_of("tiny-omni", "none"), adapter_of("org/model", None)
    ('tiny-omni-mma', None, None)
    """
    if given == NOBODY:
        return None
    return given or (Settings.adapter if model == Settings.model else None)


def shipped(name: str) -> bool:
    """Whether a model or adapter came with the package."""
    return (WEIGHTS / name).is_dir()


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def _count(name: str, given: str) -> int:
    if not given.strip().isdigit() or int(given) < 1:
        variable = next(k for k, v in VARIABLES.items() if v == name)
        raise OptionsError(f"{variable}={given}: expected a whole number from 1")
    return int(given)
