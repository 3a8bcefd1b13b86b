"""Describe the model, dataset, versions and machine of a run for run.json."""

import inspect
import json
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mma_bench import __version__
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS, as_variant, question
from mma_bench.core.files import file_sha256
from mma_bench.core.records import parse_json
from mma_eval.model import Model, ModelError
from mma_eval.run.plan import EvalPlan
from mma_eval.run.record import (
    SCHEMA,
    AvailableSection,
    DataSection,
    MachineSection,
    ModelSection,
    RunRecord,
)

LIBRARIES = ("av", "numpy", "soundfile")
"""Packages whose versions affect decoded frames and audio samples, for any model."""


def describe_run(model: Model, name: str, plan: EvalPlan) -> RunRecord:
    """Create the run.json of an evaluation that starts now."""
    data, selection = plan.data, plan.selection
    conditions = {shard.condition for shard in data.shards if shard.split == selection.split}
    return RunRecord(
        schema_version=SCHEMA,
        name=name,
        model=describe_model(model),
        data=DataSection(
            digest=data.digest,
            source="synthetic" if data.drawn else "recordings",
            classes=tuple(data.classes),
            split=selection.split,
        ),
        prompts=prompt_texts(),
        versions=versions_of(model),
        questions=plan.questions,
        selection=selection,
        there=AvailableSection(clips=plan.clips_there, conditions=len(conditions)),
        partial=selection.limit is not None and selection.limit < plan.clips_there,
        folder=str(data.folder.resolve()),
        machine=describe_machine(),
        command=tuple(sys.argv),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def prompt_texts() -> dict[str, dict[str, str]]:
    """Return the text of both questions in every variant, without their options."""
    return {v: {p: as_variant(question(p, ["..."]), p, v) for p in PROMPTS} for v in VARIANTS}


def describe_model(model: Model) -> ModelSection:
    """Return a model's description, with a digest of its source file if that is outside this package.

    Raises:
        ModelError: the description is not a JSON object.
    """
    described = {**model.describe(), **_code_digest(model)}
    where = f"{type(model).__name__}.describe()"
    try:
        value = parse_json(json.dumps(described))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"{where}: expected a JSON object, found {described!r:.200} ({error})") from error
    return ModelSection.from_json(value, where=where, made_by="mma-bench eval", error=ModelError)


def _code_digest(model: Model) -> dict[str, str]:
    """Digest the source file of a model outside this package; an edited file counts as another model."""
    if type(model).__module__.startswith("mma_eval."):
        return {}
    try:
        return {"code_sha256": file_sha256(Path(inspect.getfile(type(model))))}
    except (OSError, TypeError):
        return {}


def versions_of(model: Model) -> dict[str, str]:
    """Return the versions of the installed packages that affect a model's inputs or answers."""
    found = {"mma-bench": __version__}
    for name in (*LIBRARIES, *model.libraries):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def describe_machine() -> MachineSection:
    """Describe the Python version, system and GPUs, which are ignored when runs are compared."""
    machine = MachineSection(python=platform.python_version(), system=platform.platform())
    return machine.with_(gpus=gpus) if (gpus := _gpus()) else machine


def machine_in_words(threads: int) -> str:
    """Name the GPUs, or the processor and the number of threads used."""
    if gpus := _gpus():
        return f"{len(gpus)} x {gpus[0]}"
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(named, platform.machine())}, {threads} threads"


def _gpus() -> tuple[str, ...]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return ()
    return tuple(torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count()))
