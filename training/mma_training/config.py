"""Load and validate training configurations: YAML files with overrides from the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from mma_bench.core.errors import first_line
from mma_bench.core.records import Items, Json, Utf8Text
from mma_eval.models.options import system_prompt_of
from mma_training.errors import ConfigError

SHIPPED = tuple(sorted(p.name.removesuffix(".yaml") for p in (files("mma_training") / "configs").iterdir()))
"""Names of the shipped configurations."""
_EXPECTED: Mapping[str, str] = {
    "tuple_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "finite_number": "a finite number",
    "too_short": "a non-empty list",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "less than {lt:g}",
}
"""Description of the expected value by pydantic error type; for other types, the message keeps pydantic's words."""
_ONE_OF_SEVERAL = {"data.unseen_classes": "a number or a list of classes"}
"""Description of the expected value of keys that accept several types; pydantic reports an error for each type."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BaseSection(_Section):
    """The base model and its preprocessing, which evaluations of the adapter must share."""

    name: str
    """Folder or Hub id of the base model, or the name of a shipped one."""
    revision: Utf8Text | None = None
    fps: float | None = Field(None, gt=0)
    min_pixels: int | None = Field(None, gt=0)
    max_pixels: int | None = Field(None, gt=0)
    system_prompt: Annotated[Utf8Text | None, AfterValidator(system_prompt_of)] = None
    """A text, or qwen for the one in the paper's Figure 19; by default the model's own."""
    attention: Literal["sdpa", "eager", "flash_attention_2"] | None = None


class LoraSection(_Section):
    """The LoRA adapter (Hu et al. 2021) on the text model."""

    rank: int = Field(8, ge=1)
    alpha: int = Field(16, ge=1)
    """Numerator of alpha / rank, the factor that scales the adapter's output."""
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: Literal["all", "attention", "qv"] = "all"
    """Projections to adapt: of attention and feed-forward (paper, section 5.1), of attention, or q and v (Table 8)."""


class DataSection(_Section):
    """The rows to train on."""

    name: str = "mma-bench"
    """Folder or Hub id of a built dataset."""
    split: str = "train"
    conditions: Items[Literal["aligned", "misaligned"]] = Field(("aligned", "misaligned"), min_length=1)
    balance: bool = True
    """Oversample the smaller conditions to the size of the largest (paper, appendix D)."""
    unseen_classes: int | Items[str] = 0
    """Classes to exclude: their names, or the number to draw at random. The paper's appendix H excludes half."""
    limit: int | None = Field(None, ge=1)
    """Maximum number of clips, spread over the classes; None uses all."""


class ValidationSection(_Section):
    """Validation during training, which selects the checkpoint with the highest mean accuracy."""

    split: str = "validation"
    questions: int = Field(1000, ge=4)
    """Approximate number of questions in the fixed validation sample (paper, section 5.2)."""
    times: int = Field(5, ge=1)
    """Number of validations during training; a checkpoint is saved at each."""


class OptimisationSection(_Section):
    """Hyperparameters of the optimiser, and options that save time or memory."""

    learning_rate: float = Field(1e-4, gt=0)
    schedule: Literal["cosine", "linear", "constant_with_warmup"] = "cosine"
    warmup: float = Field(0.1, ge=0, lt=1)
    """Share of the steps that warm up the learning rate, 0 to 1."""
    epochs: float = Field(5.0, gt=0, le=10_000)
    batch: int = Field(4, ge=1)
    """Questions in a batch on each device; rows if `pack` is set."""
    accumulation: int = Field(4, ge=1)
    weight_decay: float = Field(0.0, ge=0)
    adam_beta2: float = Field(0.999, gt=0, lt=1)
    max_grad_norm: float = Field(1.0, gt=0)
    precision: Literal["bf16", "fp16", "fp32"] = "bf16"
    seed: int = 0
    pack: bool = False
    """Pack both questions about a row's clip into one sequence, in which neither question attends to the other."""
    cached_features: bool = True
    """Run the frozen encoders once per stream, and cache their features on disk."""
    gradient_checkpointing: bool = False
    group_by_length: bool = False
    """Batch clips of similar length, for recordings of varying length."""


class TrainingConfig(_Section):
    """The configuration of one training."""

    base: BaseSection
    lora: LoraSection = LoraSection()
    data: DataSection = DataSection()
    validation: ValidationSection = ValidationSection()
    optimisation: OptimisationSection = OptimisationSection()
    report_to: Items[Literal["tensorboard", "wandb", "mlflow", "comet_ml", "clearml", "trackio", "swanlab"]] = ()
    """Experiment trackers to report to, named as in transformers."""

    @model_validator(mode="after")
    def _possible(self) -> TrainingConfig:
        if self.optimisation.pack and self.base.attention not in (None, "sdpa"):
            found = self.base.attention
            raise ValueError(f"optimisation.pack needs base.attention sdpa, found {found}; change one of the two")
        if self.data.split == self.validation.split:
            raise ValueError(f"data.split and validation.split are both {self.data.split}; use different splits")
        for key, split in (("data.split", self.data.split), ("validation.split", self.validation.split)):
            if split == "test":
                raise ValueError(f"{key} is test, which is for evaluation only; use train or validation")
        return self


def load_config(where: str | Path, overrides: Sequence[str] = ()) -> TrainingConfig:
    """Read a training configuration.

    Args:
        where: the name of a shipped configuration, such as qwen2_5_omni_7b, or a YAML file.
        overrides: items of the form `section.key=value`, with the value in YAML.

    Raises:
        ConfigError: the configuration does not exist or is invalid; the message lists all faults.

    >>> load_config("tiny_omni", ["lora.rank=4"]).lora.rank
    4
    """
    try:
        content = yaml.safe_load(_read(str(where)))
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: invalid YAML ({error})") from error
    if not isinstance(content, Mapping):
        sections = ", ".join(TrainingConfig.model_fields)
        raise ConfigError(f"{where}: not a YAML mapping; expected the sections {sections}")
    return parse_config(_overridden(content, overrides), str(where))


def parse_config(content: Mapping[str, Json], name: str) -> TrainingConfig:
    """Validate the content of a configuration file; raise a ConfigError that starts with `name` and lists faults."""
    try:
        return TrainingConfig.model_validate(_with_floats(content))
    except ValidationError as error:
        raise ConfigError(f"{name}:\n  " + "\n  ".join(_faults(error.errors()))) from error


def _read(where: str) -> str:
    if Path(where).is_file():
        return Path(where).read_text(encoding="utf-8")
    name = where.removesuffix(".yaml")
    if name in SHIPPED:
        return (files("mma_training") / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    close = get_close_matches(where, SHIPPED, n=1)
    raise ConfigError(
        f"{where}: neither a file nor a shipped configuration ({', '.join(SHIPPED)})"
        + (f"; did you mean {close[0]}?" if close else "")
    )


def _overridden(content: Mapping[str, Json], overrides: Sequence[str]) -> dict[str, Json]:
    result = {name: dict(value) if isinstance(value, Mapping) else value for name, value in content.items()}
    for override in overrides:
        place, equals, text = override.partition("=")
        section, dot, key = place.partition(".")
        if not equals or not section:
            raise ConfigError(
                f"--set {override}: not an assignment to a key; expected section.key=value, such as lora.rank=16"
            )
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {override}: the value is invalid YAML ({first_line(error)})") from error
        inner = result.setdefault(section, {}) if dot else result
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {override}: {section} is {inner!r:.40}, not a section, so it has no key {key}")
        inner[key if dot else section] = value
    return result


def _with_floats(value: Json) -> Json:
    """Convert strings such as 1e-4, which YAML does not parse as numbers, to floats."""
    if isinstance(value, Mapping):
        return {k: _with_floats(v) for k, v in value.items()}
    if isinstance(value, str) and re.fullmatch(r"\d+e[+-]?\d+", value):
        return float(value)
    return value


def _faults(errors: Sequence[ErrorDetails]) -> list[str]:
    """Describe each fault in one line, with its YAML key and value."""
    found: dict[str, str] = {}
    for error in errors:
        place = ".".join(str(part) for part in error["loc"])
        several = next((name for name in _ONE_OF_SEVERAL if place.startswith(f"{name}.")), None)
        if several is not None:
            found.setdefault(several, _expected(several, error["input"], _ONE_OF_SEVERAL[several]))
        elif error["type"] != "too_short" or not error["input"]:  # else one of its items is already listed
            found.setdefault(place or str(error["ctx"]["error"]), _fault(place, error))
    return list(found.values())


def _fault(place: str, error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        known = _keys(error["loc"][:-1])
        close = get_close_matches(str(error["loc"][-1]), known, n=1)
        meant = f"did you mean {close[0]}? Expected" if close else "expected"
        return f"{place}: unknown key; {meant} one of {', '.join(known)}"
    if error["type"] == "missing":
        return f"{place}: missing; add this key"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "model_type":
        return _expected(place, error["input"], f"a section with keys {', '.join(_keys(error['loc']))}")
    if error["type"] in _EXPECTED:
        return _expected(place, error["input"], _EXPECTED[error["type"]].format(**error.get("ctx", {})))
    return _expected(place, error["input"], error["msg"].removeprefix("Input should be "))


def _keys(place: Sequence[Any]) -> list[str]:
    section: Any = TrainingConfig
    for part in place:
        section = section.model_fields[str(part)].annotation
    return list(section.model_fields)


def _expected(place: str, found: Any, expected: str) -> str:
    # Show lists as in YAML; the validated form has tuples.
    shown = "empty" if found is None else f"{list(found) if isinstance(found, tuple) else found!r} is invalid"
    return f"{place}: {shown}; expected {expected}"
