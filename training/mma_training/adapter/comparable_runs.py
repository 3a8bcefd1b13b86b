"""Require that two runs isolate the effect of an adapter: same questions, same preprocessing, no training rows."""

from pathlib import Path

from mma_eval.models.checkpoints import read_adapter
from mma_eval.report.runs import Run
from mma_eval.run.record import AdapterSection
from mma_training.adapter.record import TrainingRecord
from mma_training.errors import TrainingError

_PREPROCESSING = ("fps", "size", "min_pixels", "max_pixels", "system_prompt")


def require_comparable(adapter: Path, record: TrainingRecord, before: Run, after: Run) -> None:
    """Raise unless two runs differ only by an adapter.

    Args:
        adapter: the adapter's folder.
        record: its training.json.
        before: a run of the base alone.
        after: a run of the base with the adapter.

    Raises:
        TrainingError: they differ in something else, named in the message.
    """
    _require_models(adapter, record, before, after)
    _require_test_rows(adapter, record, after)
    for run in (before, after):
        _require_same_preprocessing(adapter, record, run)
    _require_same_questions(before, after)


def _require_models(adapter: Path, record: TrainingRecord, before: Run, after: Run) -> None:
    expected = read_adapter(str(adapter), base=record.base.name)
    used = after.record.model.adapter
    if not isinstance(used, AdapterSection):
        raise TrainingError(f"{after.folder}: this run has no adapter; expected a run with {adapter}")
    if used.sha256 != expected.sha256 and used.name == expected.name:
        raise TrainingError(
            f"{after.folder}: the adapter {expected.name} of this run has other weights than {adapter}; "
            "run `mma-bench eval` with it again"
        )
    if used.sha256 != expected.sha256:
        raise TrainingError(f"{after.folder}: this run has the adapter {used.name}; expected a run with {adapter}")
    if before.record.model.adapter or before.record.model.revision != record.base.revision:
        raise TrainingError(
            f"{before.folder}: expected a run of {record.base.name} without an adapter, at the revision that {adapter} "
            f"was trained on ({record.base.revision})"
        )


def _require_test_rows(adapter: Path, record: TrainingRecord, after: Run) -> None:
    data = after.record.data
    used_in_training = (record.config.data.split, record.config.validation.split)
    if data.digest == record.data.digest and data.split in used_in_training:
        raise TrainingError(
            f"{after.folder}: this run is on the {data.split} split, which {adapter} was trained or validated on; "
            "evaluate on another split"
        )


def _require_same_preprocessing(adapter: Path, record: TrainingRecord, run: Run) -> None:
    trained, used = record.base.as_json(), run.record.model.as_json()
    differing = [name for name in _PREPROCESSING if used.get(name) != trained.get(name)]
    if differing:
        raise TrainingError(
            f"{run.folder}: preprocessing differs from the training of {adapter}; evaluate with "
            f"{', '.join(f'{name} {trained.get(name)}' for name in differing)}"
        )


def _require_same_questions(before: Run, after: Run) -> None:
    if before.record.data.digest != after.record.data.digest:
        raise TrainingError(f"{before.folder} and {after.folder} are runs on different datasets; evaluate both on one")
    asked = [{made.key for made, _ in run.answers} for run in (before, after)]
    if asked[0] != asked[1]:
        raise TrainingError(
            f"{before.folder} has {len(asked[0]):,} questions and {after.folder} {len(asked[1]):,}, "
            f"{len(asked[0] & asked[1]):,} of them the same; expected the same questions in both. Run "
            "`mma-bench eval` for both to the end with the same --split, --conditions, --prompts, --variants, "
            "--seeds and --limit"
        )
