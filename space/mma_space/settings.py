"""Define the page's settings, which come from the command line or from the variables of a Space."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Record, Text, read_record
from mma_eval.resolve import WEIGHTS


@dataclass(frozen=True)
class Settings:
    """The settings of the page: its models, clips, runs and links."""

    model: str = "tiny-omni"
    """The base model, named as for `mma-bench eval --model`."""
    adapter: str | None = "tiny-omni-mma"
    """The adapter to compare with the base; None for the base alone."""
    data: str | None = None
    """Folder or Hub id of the built dataset that provides the clips; None for drawn clips."""
    clips: int = 24
    runs: Path = Path("runs")
    """Folder with the run folders whose results the page shows."""
    waiting: int = 24
    """Maximum number of requests waiting for the model; further ones are rejected."""
    metric: str | None = None
    """Hub id of the metric that the page links to; None for no link."""


NO_ADAPTER = "none"
"""Adapter name that stands for the base alone."""
SETTINGS = "settings.json"
"""File in a Space's folder with default values of its variables; variables set on the Hub take precedence."""


class SpaceVariables(Record):
    """Content of settings.json: non-default settings by name of the Space's variable."""

    model: Text = Field("", alias="MMA_MODEL")
    adapter: Text = Field("", alias="MMA_ADAPTER")
    data: Text = Field("", alias="MMA_DATA")
    clips: Text = Field("", alias="MMA_CLIPS")
    runs: Text = Field("", alias="MMA_RUNS")
    waiting: Text = Field("", alias="MMA_WAITING")
    metric: Text = Field("", alias="MMA_METRIC")


VARIABLES: Mapping[str, str] = {str(field.alias): name for name, field in SpaceVariables.model_fields.items()}
"""Name of the field of `Settings`, by name of the Space's variable."""


def read_variables(folder: Path) -> dict[str, str]:
    """Read the variables in settings.json; empty if it does not exist. Raise OptionsError if it is malformed."""
    try:
        found = read_record(folder / SETTINGS, SpaceVariables, made_by="mma-bench space-folder", error=OptionsError)
    except FileNotFoundError:
        return {}
    return {name: value for name, value in found.as_json().items() if name in VARIABLES}


def settings_of(environment: Mapping[str, str] = os.environ) -> Settings:
    """Convert a Space's variables to settings; without MMA_ADAPTER, only tiny-omni gets an adapter.

    Raises:
        OptionsError: MMA_CLIPS or MMA_WAITING is not a positive whole number.

    >>> settings_of({"MMA_MODEL": "Qwen/Qwen2.5-Omni-7B"}).adapter is None
    True
    """
    given: dict[str, Any] = {VARIABLES[k]: v for k, v in environment.items() if k in VARIABLES and v.strip()}
    for name in [name for name in ("clips", "waiting") if name in given]:
        if not given[name].strip().isdigit() or int(given[name]) < 1:
            raise OptionsError(
                f"MMA_{name.upper()}={given[name]}: invalid value; expected a whole number of at least 1"
            )
        given[name] = int(given[name])
    if "runs" in given:
        given["runs"] = Path(given["runs"])
    given["adapter"] = adapter_of(given.get("model", Settings.model), given.get("adapter"))
    return replace(Settings(), **given)


def variables_of(settings: Settings) -> dict[str, str]:
    """Convert non-default settings to a Space's variables; the inverse of `settings_of`.

    >>> variables_of(Settings(clips=12))
    {'MMA_CLIPS': '12'}
    """
    chosen = {variable: getattr(settings, name) for variable, name in VARIABLES.items()}
    if settings.adapter is None and settings.model == Settings.model:
        chosen["MMA_ADAPTER"] = NO_ADAPTER
    return {
        variable: str(value)
        for variable, value in chosen.items()
        if value is not None and value != getattr(Settings(), VARIABLES[variable])
    }


def for_this_machine(settings: Settings) -> tuple[Settings, str]:
    """Replace a Hub model by tiny-omni if there is no GPU; return the settings and a notice, which is empty otherwise.

    >>> for_this_machine(Settings())[1]
    ''
    """
    if settings.model.count("/") == 1 and ":" not in settings.model and not Path(settings.model).exists():
        import torch

        if not torch.cuda.is_available():
            notice = f"There is no GPU here, so tiny-omni answers in place of {settings.model}."
            return replace(settings, model=Settings.model, adapter=Settings.adapter), notice
    return settings, ""


def adapter_of(model: str, given: str | None) -> str | None:
    """Return the given adapter, or None if it is `none`; by default, return tiny-omni's shipped adapter for tiny-omni.

    >>> adapter_of("tiny-omni", None), adapter_of("tiny-omni", "none"), adapter_of("org/model", None)
    ('tiny-omni-mma', None, None)
    """
    if given == NO_ADAPTER:
        return None
    return given or (Settings.adapter if model == Settings.model else None)


def is_shipped(name: str) -> bool:
    """Return True if a model or adapter ships with this package."""
    return (WEIGHTS / name).is_dir()
