"""Which two runs an adapter may be judged by: its base's and its own, asked the same in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mma_eval.models.adapter import read_adapter
from mma_eval.report.runs import Run
from mma_eval.run.record import AdapterSection
from mma_training.errors import TrainingError

_TAKES_IN = ("fps", "size", "min_pixels", "max_pixels", "system_prompt")


def require_fitting(adapter: Path, record: Mapping[str, Any], before: Run, after: Run) -> None:
    """See that two runs tell what an adapter gives.

    Args:
        adapter: its folder.
        record: its training.json.
        before: a run of the base alone.
        after: a run of the base with the adapter.

    Raises:
        TrainingError: they do not; the message says what is different.
    """
    _require_models(adapter, record, before, after)
    _require_test_rows(adapter, record, after)
    for run in (before, after):
        _require_taken_in_alike(adapter, record, run)
    _require_same_questions(before, after)


def _require_models(adapter: Path, record: Mapping[str, Any], before: Run, after: Run) -> None:
    own = read_adapter(str(adapter), base=record["base"]["name"])
    used = after.record.model.adapter
    if not isinstance(used, AdapterSection):
        raise TrainingError(f"{after.folder}: not a run of {adapter}, but of no adapter")
    if used.sha256 != own.sha256 and used.name == own.name:
        raise TrainingError(
            f"{after.folder}: a run of other weights that had the name {own.name}, such as before it was trained "
            f"anew; run `mma-bench eval` with {adapter} again"
        )
    if used.sha256 != own.sha256:
        raise TrainingError(f"{after.folder}: not a run of {adapter}, but of {used.name}")
    if before.record.model.adapter or before.record.model.revision != record["base"]["revision"]:
        raise TrainingError(
            f"{before.folder}: not a run of {record['base']['name']} alone, as {adapter} was trained on"
        )


def _require_test_rows(adapter: Path, record: Mapping[str, Any], after: Run) -> None:
    data = after.record.data
    used_for_tuning = (record["config"]["data"]["split"], record["config"]["validation"]["split"])
    if data.digest == record["data"]["digest"] and data.split in used_for_tuning:
        raise TrainingError(f"{after.folder}: the {data.split} split, on which {adapter} was tuned or chosen")


def _require_taken_in_alike(adapter: Path, record: Mapping[str, Any], run: Run) -> None:
    model = run.record.model.as_json()
    differing = [name for name in _TAKES_IN if model.get(name) != record["base"].get(name)]
    if differing:
        raise TrainingError(
            f"{run.folder}: asked with another {', '.join(differing)} than {adapter} was tuned with "
            f"({', '.join(str(record['base'].get(name)) for name in differing)}); evaluate it with the same"
        )


def _require_same_questions(before: Run, after: Run) -> None:
    if before.record.data.digest != after.record.data.digest:
        raise TrainingError(f"{before.folder} and {after.folder} are of different datasets")
    asked = [{made.key for made, _ in run.answers} for run in (before, after)]
    if asked[0] != asked[1]:
        raise TrainingError(
            f"{before.folder} has {len(asked[0]):,} questions and {after.folder} {len(asked[1]):,}, "
            f"{len(asked[0] & asked[1]):,} of them the same; a comparison is of the same questions. Run "
            "`mma-bench eval` for both to the end with the same --split, --conditions, --prompts, --variants, "
            "--seeds and --limit"
        )
