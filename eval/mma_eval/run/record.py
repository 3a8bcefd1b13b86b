"""Schema of run.json: model, data and settings of a run. Answers are comparable only if these agree."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant
from mma_bench.core.differences import differences
from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Items, Json, Number, Record, Text, read_record, write_record

RUN = "run.json"
SCHEMA = 1
COMPARABILITY_KEYS = ("model", "data", "prompts", "versions")
"""Sections of run.json that must be equal for answers to be comparable."""

Part = Annotated[
    tuple[int, int],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]
"""Part (i, n) of a run; (1, 1) is a complete run."""


class RunError(MMABenchError):
    """A run folder cannot be used: it is incomplete, damaged, or contains a different run."""


class AdapterSection(Record):
    """The LoRA adapter of a model."""

    name: Text
    """Last component of the adapter's folder or Hub id."""
    sha256: Text | None = None
    """Digest of adapter_model.safetensors."""
    base: Text | None = None
    """Base model according to adapter_config.json."""
    unseen_classes: Items[Text] = ()
    """Classes excluded from fine-tuning; absent if there are none."""


class ModelSection(Record):
    """Description of the model (`Model.describe`); custom models may use any keys and values."""

    family: Json = None
    """Model family, if the model ships with the project; null for other models."""
    name: Json = None
    """Name shown in reports."""
    class_: Json = Field(None, alias="class")
    """`module:class`, from the default `Model.describe`."""
    revision: Json = None
    """Commit on the Hub, or digest of a local folder's weights."""
    adapter: Annotated[AdapterSection | Json, Field(union_mode="left_to_right")] = None
    code_sha256: Text | None = None
    """Digest of the source file of a model outside this package."""

    @property
    def adapter_name(self) -> str | None:
        """Name of the adapter; None without an adapter."""
        if isinstance(self.adapter, AdapterSection):
            return self.adapter.name
        return None if self.adapter is None else str(self.adapter)

    @property
    def unseen_classes(self) -> tuple[str, ...]:
        """Classes excluded from the adapter's fine-tuning."""
        return self.adapter.unseen_classes if isinstance(self.adapter, AdapterSection) else ()


class DataSection(Record):
    """The evaluated dataset."""

    digest: Text
    """`dataset_digest` in the dataset's build.json."""
    source: Text
    """Kind of clips: `synthetic` (generated) or `recordings`."""
    classes: Items[str]
    """All classes, sorted; the options of every question."""
    split: Split


class Selection(Record):
    """The selected part of a dataset, and the ways of asking about it; see `options.EvalOptions`."""

    conditions: Items[Text]
    split: Split
    prompts: Items[Prompt] = PROMPTS
    variants: Items[Variant] = ("plain",)
    seeds: Items[int] = (0,)
    limit: int | None = None
    part: Part = Field((1, 1), alias="shard")


class AvailableSection(Record):
    """Number of clips in the run's conditions, and of conditions in the split; the run may cover only some of them."""

    clips: int
    conditions: int


class MachineSection(Record):
    """Machine of a run, with the name of each GPU; ignored when runs are compared."""

    python: Text
    system: Text
    gpus: Items[Text] = ()


class ProbeSection(Record):
    """Result of testing whether audio reaches the model; see `model.SoundProbe`."""

    arrives: bool | None
    with_sound: int | None = None
    without_sound: int | None = None
    note: Text = ""
    cost: Number | None = None


class ProvenanceRecord(Record):
    """Common fields of the run.json files written by `mma-bench eval` and `mma-bench check`."""

    schema_version: int = Field(alias="schema")
    name: Text
    """Name of the run, by default that of its folder."""
    model: ModelSection
    data: Record
    prompts: dict[Text, dict[Text, Text]]
    """Text of each question, by variant and prompt, with `...` for the options."""
    versions: dict[Text, Text]
    """Version of each installed package that affects the model's inputs or answers."""
    selection: Record
    partial: bool
    """Whether clips are missing because of `--limit` or because parts of the run are missing."""
    questions: int = 0
    machine: MachineSection | None = None
    started: Text = ""
    """Start time in UTC, ISO 8601."""
    recorded: dict[Text, Json] | None = None
    """Description of data stored besides the answers, such as attention."""
    probe: ProbeSection | None = None
    adapted: Items[Text] = ()
    """What requests were adapted to, because the server refuses or demands it; see `models.chat.ADAPTATIONS`."""


class MergedPart(Record):
    """One of the runs combined in a merged run."""

    command: Items[Text] | None
    started: Text | None
    machine: MachineSection | None
    selection: Selection


class RunRecord(ProvenanceRecord):
    """run.json of `mma-bench eval`."""

    data: DataSection
    selection: Selection
    there: AvailableSection | None = None
    folder: Text = ""
    """Folder of the dataset on the machine of the run."""
    command: Items[Text] = ()
    merged: Items[MergedPart] | None = None


AnyRun = TypeVar("AnyRun", bound=ProvenanceRecord)


def read_run(folder: Path) -> RunRecord:
    """Read the run.json of a run folder; see `read_provenance`."""
    return read_provenance(folder, RunRecord)


def read_provenance(folder: Path, kind: type[AnyRun]) -> AnyRun:
    """Read the run.json of a folder of answers.

    Raises:
        RunError: run.json is missing or invalid.
    """
    try:
        return read_record(folder / RUN, kind, made_by="mma-bench eval", error=RunError)
    except FileNotFoundError as error:
        raise RunError(f"{folder}: no {RUN}; expected a folder written by `mma-bench eval`") from error


def write_run(folder: Path, run: ProvenanceRecord) -> None:
    """Write the run.json of a folder of answers."""
    write_record(folder / RUN, run)


def run_differences(here: ProvenanceRecord, there: ProvenanceRecord) -> list[str]:
    """List the differences between two runs that make their answers incomparable, one line each."""
    return differences(comparable(here), comparable(there), COMPARABILITY_KEYS)


def comparable(run: ProvenanceRecord) -> dict[str, Json]:
    """Return a run's content as JSON, without the address of its server: a server may move."""
    content = run.as_json()
    return {**content, "model": {name: value for name, value in content["model"].items() if name != "server"}}
