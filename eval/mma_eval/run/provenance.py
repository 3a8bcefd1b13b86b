"""run.json: what was run on what. Two runs that differ in what matters are two runs."""

from __future__ import annotations

import inspect
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mma_bench import __version__
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS, as_variant, question
from mma_bench.core.differences import differences
from mma_bench.core.errors import MMABenchError
from mma_bench.core.files import file_sha256, write_text
from mma_bench.dataset.reading import BuiltDataset
from mma_eval.model import Model
from mma_eval.run.units import Work

RUN = "run.json"
COMPARABILITY_KEYS = ("model", "data", "prompts", "versions")
"""What must be equal for answers to belong together."""
LIBRARIES = ("av", "numpy", "soundfile")
"""Their versions decide the frames and samples that any model gets."""
SCHEMA = 1


class RunError(MMABenchError):
    """A run folder cannot be used: another run's, incomplete, or not one at all."""


def describe_run(model: Model, name: str, work: Work) -> dict[str, Any]:
    """The content of run.json."""
    data, selection = work.data, work.selection
    record = {
        "schema": SCHEMA,
        "name": name,
        "model": describe_model(model),
        "data": {
            "digest": data.digest,
            "source": "synthetic" if data.drawn else "recordings",
            "classes": list(data.classes),
            "split": selection.split,
        },
        "prompts": prompt_texts(),
        "versions": versions_of(model),
        "questions": work.questions,
        "selection": asdict(selection),
        "there": {"clips": work.clips_there, "conditions": len(_conditions(data, selection.split))},
        "partial": selection.limit is not None and selection.limit < work.clips_there,
        "folder": str(data.folder.resolve()),
        "machine": describe_machine(),
        "command": sys.argv,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    read_back: dict[str, Any] = json.loads(json.dumps(record))  # tuples are lists there, and compared with it
    return read_back


def _conditions(data: BuiltDataset, split: str) -> set[str]:
    return {shard.condition for shard in data.shards if shard.split == split}


def prompt_texts() -> dict[str, dict[str, str]]:
    """Both questions in every variant, without their options."""
    return {v: {p: as_variant(question(p, ["..."]), p, v) for p in PROMPTS} for v in VARIANTS}


def run_differences(
    here: Mapping[str, Any], there: Mapping[str, Any], sections: Sequence[str] = COMPARABILITY_KEYS
) -> list[str]:
    """List what decides the answers and differs between two runs, a line each."""
    return differences(here, there, sections)


def read_run(folder: Path) -> dict[str, Any]:
    """The run.json of a folder.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    path = folder / RUN
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or any(
            name not in record for name in (*COMPARABILITY_KEYS, "selection", "partial")
        ):
            raise ValueError("no run of this benchmark")
    except FileNotFoundError as error:
        raise RunError(f"{folder}: no {RUN}; expected a folder written by `mma-bench eval`") from error
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error}); expected a file written by `mma-bench eval`") from error
    return record


def write_run(folder: Path, record: Mapping[str, Any]) -> None:
    """Write run.json."""
    write_text(folder / RUN, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def describe_model(model: Model) -> dict[str, Any]:
    """What it says of itself, and the digest of its code where that is not ours."""
    return {**model.describe(), **_own_code(model)}


def _own_code(model: Model) -> dict[str, str]:
    """The digest of the file of a class that is not ours: changed, it is another model."""
    if type(model).__module__.startswith("mma_eval."):
        return {}
    try:
        return {"code_sha256": file_sha256(Path(inspect.getfile(type(model))))}
    except (OSError, TypeError):
        return {}


def versions_of(model: Model) -> dict[str, str]:
    """What is installed that decides what a model gets and answers."""
    found = {"mma-bench": __version__}
    for name in (*LIBRARIES, *model.libraries):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def describe_machine() -> dict[str, Any]:
    """Python, system and GPUs; they are written down, and do not matter."""
    machine: dict[str, Any] = {"python": platform.python_version(), "system": platform.platform()}
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        machine["gpus"] = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    return machine
