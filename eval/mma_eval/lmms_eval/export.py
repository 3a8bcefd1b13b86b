"""Export a dataset as tasks for lmms-eval: a folder for its `--include_path`.

The folder contains the files of `tasks/` in this package, the location of the dataset, and the metric. The tasks run
without this package, since lmms-eval needs other library versions.
"""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text
from mma_bench.core.records import Json
from mma_bench.core.repo_id import names_a_repository
from mma_bench.dataset.export import LAYOUTS, claimed
from mma_bench.dataset.reading import open_built

GROUP = "mma_bench"
"""Name of the group that contains all tasks, for `--tasks`."""

_TASK_FILES = ("_task_yaml", "rows.py", "media.py", "scores.py")
_METRIC = (
    "__init__",
    "outcomes",
    "reading",
    "announcing",
    "senses",
    "mentions",
    "forms",
    "abstaining",
    "ending",
    "markup",
)
_METRIC_FILES = tuple(f"{name}.py" for name in _METRIC)
_VERSION = 3.0


def export_lmms_eval(data: str, out: Path, *, overwrite: bool = False) -> list[str]:
    """Write a task for each prompt and each condition with test rows; return the names of the tasks.

    Args:
        data: folder written by `mma-bench build`, or Hub id of a dataset, whose existence is not checked.
        out: output folder.
        overwrite: write into a folder with other content; files of an earlier export are removed, all other files stay.

    Raises:
        DataFolderError: `data` is a folder without a complete dataset.
        OptionsError: there are no test rows, or `out` has other content.
        StorageError: a file cannot be written, for example on a full disk.
    """
    place, conditions = _dataset_fields(data)
    tasks = [f"{GROUP}_{condition}_{prompt}" for condition in conditions for prompt in PROMPTS]
    with claimed(out, {"format": "lmms-eval", **place}, overwrite=overwrite):
        (out / "mma_accuracy").mkdir(exist_ok=True)
        for source, target, names in (
            (files("mma_eval") / "lmms_eval" / "tasks", out, [*_TASK_FILES, *(f"{task}.yaml" for task in tasks)]),
            (files("mma_accuracy"), out / "mma_accuracy", _METRIC_FILES),
        ):
            for name in names:
                write_text(target / name, (source / name).read_text(encoding="utf-8"))
        # JSON is valid YAML. lmms-eval derives its answer cache keys from these fields.
        write_text(out / "_data_yaml", json.dumps(place, indent=1) + "\n")
        # Written last, since --tasks names this group.
        write_text(out / LAYOUTS["lmms-eval"].last, json.dumps({"group": GROUP, "task": tasks}, indent=1) + "\n")
    return tasks


def _dataset_fields(data: str) -> tuple[dict[str, Json], Sequence[str]]:
    """Return the task fields that locate the dataset, and the conditions to ask about."""
    if names_a_repository(data):
        return {"dataset_path": data, "metadata": {"version": _VERSION}}, tuple(CONDITIONS)
    built = open_built(Path(data))
    conditions = list(dict.fromkeys(s.condition for s in built.shards if s.split == "test" and s.rows))
    if not conditions:
        raise OptionsError(f"{data} has no test rows to ask about; build them with `mma-bench build --splits test`")
    metadata = {"version": _VERSION, "dataset_digest": built.digest}
    return {"dataset_path": str(built.folder.resolve()), "metadata": metadata}, conditions
