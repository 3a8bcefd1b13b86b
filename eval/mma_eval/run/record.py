"""run.json: what was run on what. Answers belong together only where these records agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant
from mma_bench.core.differences import differences
from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Items, Json, Record, Text, read_record, write_record

RUN = "run.json"
SCHEMA = 1
COMPARABILITY_KEYS = ("model", "data", "prompts", "versions")
"""Sections that must be equal for answers to belong together."""

Part = Annotated[
    tuple[int, int],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]
"""The i-th of n parts of a run, from (1, 1)."""


class RunError(MMABenchError):
    """A run folder cannot be used: it is incomplete, damaged, or holds another run."""


class AdapterSection(Record):
    """The LoRA adapter that a model runs with."""

    name: Text
    """Last part of its folder or Hub id."""
    sha256: Text | None = None
    """Digest of adapter_model.safetensors."""
    base: Text | None = None
    """The model that it was trained on, as its adapter_config.json names it."""
    unseen_classes: Items[Text] = ()
    """Classes that were left out of its tuning; absent where none were."""


class ModelSection(Record):
    """The model's own description (`Model.describe`); a user's model may put anything here, under any key."""

    family: Json = None
    """Name of a family that ships with the project; other models have none."""
    name: Json = None
    """Name that reports show."""
    class_: Json = Field(None, alias="class")
    """`module:class`, where the model does not describe itself."""
    revision: Json = None
    """Commit on the Hub, or digest of a local folder's weights."""
    adapter: Annotated[AdapterSection | Json, Field(union_mode="left_to_right")] = None
    """The adapter; null where there is none."""
    code_sha256: Text | None = None
    """Digest of the file that defines the class, where it is not part of this package."""

    @property
    def adapter_name(self) -> str | None:
        """Name of the adapter; None where there is none."""
        if isinstance(self.adapter, AdapterSection):
            return self.adapter.name
        return None if self.adapter is None else str(self.adapter)

    @property
    def unseen_classes(self) -> tuple[str, ...]:
        """Classes that were left out of the adapter's tuning."""
        return self.adapter.unseen_classes if isinstance(self.adapter, AdapterSection) else ()


class DataSection(Record):
    """The dataset."""

    digest: Text
    """`dataset_digest` of its build.json."""
    source: Text
    """`synthetic` (clips that the project draws) or `recordings`."""
    classes: Items[str]
    """All classes, sorted; the options of every question."""
    split: Split
    """The split that was asked about."""


class Selection(Record):
    """The part of a dataset that is asked about, and the ways of asking."""

    conditions: Items[Text]
    split: Split
    prompts: Items[Prompt] = PROMPTS
    """Modalities asked about."""
    variants: Items[Variant] = ("plain",)
    seeds: Items[int] = (0,)
    """0 lists the options in alphabetical order; another seed shuffles them."""
    limit: int | None = None
    """Clips, spread evenly over the classes; null asks about all."""
    part: Part = Field((1, 1), alias="shard")

    @property
    def questions_per_row(self) -> int:
        """Questions asked about each row."""
        return len(self.prompts) * len(self.variants) * len(self.seeds)


class AvailableSection(Record):
    """Size of the split, to tell what a run left out."""

    clips: int
    """Clips with rows in the conditions of the run."""
    conditions: int
    """Conditions that the split has."""


class MachineSection(Record):
    """The machine; it is recorded and does not decide whether runs agree."""

    python: Text
    system: Text
    gpus: Items[Text] = ()
    """Name of each GPU; absent where there is none."""


class ProbeSection(Record):
    """One question asked with and without sound, for servers that do not count tokens by modality."""

    arrives: bool | None
    """Whether sound reaches the model; null where that cannot be told."""
    with_sound: int | None = None
    """Input tokens that the server counted with sound."""
    without_sound: int | None = None
    """Input tokens that it counted without."""
    note: Text = ""


class ProvenanceRecord(Record):
    """What makes answers comparable: base of the run.json of `mma-bench eval` and of `mma-bench check`."""

    schema_version: int = Field(alias="schema")
    """1 until the content changes."""
    name: Text
    """Name of the run, by default of its folder."""
    model: ModelSection
    data: Record
    prompts: dict[Text, dict[Text, Text]]
    """Text of each question, by variant and prompt, with `...` for the options."""
    versions: dict[Text, Text]
    """Version of each installed package that decides what the model gets or answers."""
    selection: Record
    partial: bool
    """Whether `--limit` or parts that are missing leave out clips."""
    questions: int = 0
    """Questions that the run asks."""
    machine: MachineSection | None = None
    started: Text = ""
    """Start in UTC, ISO 8601."""
    recorded: dict[Text, Json] | None = None
    """What the run keeps beside its answers, such as their attention."""
    probe: ProbeSection | None = None
    """Whether sound reaches a model behind a server."""


class MergedPart(Record):
    """One of the runs that a merged run was put together from."""

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
    """The dataset's folder on the machine that ran it."""
    command: Items[Text] = ()
    """Command line that began the run."""
    merged: Items[MergedPart] | None = None
    """The runs that were merged into this one."""


AnyRun = TypeVar("AnyRun", bound=ProvenanceRecord)


def read_run(folder: Path) -> RunRecord:
    """Read the run.json of a run folder.

    Raises:
        RunError: there is none, or it is not a run's.
    """
    return read_provenance(folder, RunRecord)


def read_provenance(folder: Path, kind: type[AnyRun]) -> AnyRun:
    """Read the run.json of a folder of answers; see `read_run`."""
    try:
        return read_record(folder / RUN, kind, made_by="mma-bench eval", error=RunError)
    except FileNotFoundError as error:
        raise RunError(f"{folder}: no {RUN}; expected a folder written by `mma-bench eval`") from error


def write_run(folder: Path, run: ProvenanceRecord) -> None:
    """Write the run.json of a folder of answers."""
    write_record(folder / RUN, run)


def run_differences(
    here: ProvenanceRecord, there: ProvenanceRecord, sections: Sequence[str] = COMPARABILITY_KEYS
) -> list[str]:
    """List what decides the answers and differs between two runs, a line each."""
    return differences(here.as_json(), there.as_json(), sections)
