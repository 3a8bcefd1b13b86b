"""Tasks for lmms-eval about any dataset: a folder for its `--include_path`.

What is written is `lmms_tasks/` of this package, with the place of the dataset, and the metric. It runs without this
package: lmms-eval asks for other versions of what we need.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text
from mma_bench.core.repo_id import names_a_repository
from mma_bench.dataset.export_folder import LAYOUTS, claimed
from mma_bench.dataset.reading import open_built

GROUP = "mma_bench"
"""What `--tasks` is given to run all of them."""

_SHARED = ("_task_yaml", "rows.py", "media.py", "scores.py")
_METRIC = ("__init__.py", "outcomes.py", "reading.py", "mentions.py", "abstaining.py")
_VERSION = 1.0


@dataclass(frozen=True)
class LmmsEvalReport:
    """What an export wrote."""

    folder: Path
    tasks: Sequence[str]


def export_lmms_eval(data: str, out: Path, *, overwrite: bool = False) -> LmmsEvalReport:
    """Write the tasks of a dataset: one per condition that it has test rows of, and prompt.

    Args:
        data: a folder made by `mma-bench build`, or a dataset's Hub id, which is not looked at.
        out: the folder to write.
        overwrite: write into a folder that holds something else. Its other files stay; those of another export go.

    Raises:
        DataFolderError: `data` is a folder without a complete dataset.
        OptionsError: there are no test rows, or `out` holds something else.
        StorageError: the disk is full or not ours to write.
    """
    place, conditions = _dataset(data)
    tasks = [f"{GROUP}_{condition}_{prompt}" for condition in conditions for prompt in PROMPTS]
    with claimed(out, {"format": "lmms-eval", **place}, overwrite=overwrite):
        (out / "mma_accuracy").mkdir(exist_ok=True)
        for name, text in _copied(tasks):
            write_text(out / name, text)
        # JSON is YAML. lmms-eval's cache of answers keeps apart what differs here.
        write_text(out / "_data_yaml", json.dumps(place, indent=1) + "\n")
        # Last: it is the group that --tasks names.
        write_text(out / LAYOUTS["lmms-eval"].last, json.dumps({"group": GROUP, "task": tasks}, indent=1) + "\n")
    return LmmsEvalReport(out, tasks)


def _dataset(data: str) -> tuple[dict[str, Any], Sequence[str]]:
    """What a task says of its dataset, and the conditions to ask about."""
    if names_a_repository(data):
        return {"dataset_path": data, "metadata": {"version": _VERSION}}, tuple(CONDITIONS)
    built = open_built(Path(data))
    conditions = list(dict.fromkeys(s.condition for s in built.shards if s.split == "test" and s.rows))
    if not conditions:
        raise OptionsError(f"{data} has no test rows to ask about; build them with `mma-bench build --splits test`")
    place = {
        "dataset_path": str(built.folder.resolve()),
        "metadata": {"version": _VERSION, "dataset_digest": built.digest},
    }
    return place, conditions


def _copied(tasks: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names and texts of the files that are the same for every dataset."""
    folder, metric = files("mma_eval") / "lmms_eval" / "tasks", files("mma_accuracy")
    for name in (*_SHARED, *(f"{task}.yaml" for task in tasks)):
        yield name, (folder / name).read_text(encoding="utf-8")
    for name in _METRIC:
        yield f"mma_accuracy/{name}", (metric / name).read_text(encoding="utf-8")
