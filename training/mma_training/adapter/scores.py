"""Compare a run of the base model with a run of the adapter, and write the scores for the card and the Hub."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml

from mma_bench.core.files import write_text
from mma_bench.core.records import Json
from mma_bench.hub.dataset import task_id
from mma_bench.hub.publication import CARD
from mma_eval.models.checkpoints import read_adapter
from mma_eval.report.comparison import compare, p_value, seen_in_tuning
from mma_eval.report.runs import Run, read_runs
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import AdapterSection
from mma_training.adapter.card import card_of
from mma_training.adapter.folder import HUB_RESULTS
from mma_training.adapter.record import SCORES, AdapterScores, ScoredCell, TrainingRecord, Unanswered, read_training
from mma_training.errors import TrainingError

Half = Literal["all", "seen", "unseen"]
_PREPROCESSING = ("fps", "size", "min_pixels", "max_pixels", "system_prompt")


def keep_scores(adapter: Path, base: Path, tuned: Path, *, dataset_id: str | None = None) -> list[Path]:
    """Compare two runs, and write scores.json, the card and the Hub's results file into an adapter's folder.

    Args:
        adapter: a folder written by `mma-bench train`.
        base: folder of a run of the base model alone.
        tuned: folder of a run of the base model with this adapter.
        dataset_id: Hub id of the dataset; None writes no results file for the Hub.

    Returns:
        Paths of the card and, if written, of the Hub's results file.

    Raises:
        TrainingError: the folder was not written by `mma-bench train`, or the runs cannot be compared.
        RunError: `base` or `tuned` is not a run folder.
        StorageError: the disk is full or read-only.
    """
    record = read_training(adapter)
    before, after = read_runs([base, tuned])
    _require_comparable(adapter, record, before, after)
    scores = _scores(before, after, record.data.unseen_classes)
    if dataset_id is not None and scores.partial:
        partial = " and ".join(str(run.folder) for run in (before, after) if run.metrics.partial)
        raise TrainingError(
            f"{partial}: only a part of the dataset was asked about, but results for the Hub need all of it; run "
            "`mma-bench eval` to the end without --limit, or omit --dataset-id"
        )
    write_text(adapter / SCORES, json.dumps(scores.as_json(), indent=1) + "\n")
    written = [adapter / CARD]
    write_text(adapter / CARD, card_of(adapter, record))
    if dataset_id is not None:
        write_text(adapter / HUB_RESULTS, yaml.safe_dump(_hub_results(after, dataset_id), sort_keys=False))
        written.append(adapter / HUB_RESULTS)
    return written


def _require_comparable(adapter: Path, record: TrainingRecord, before: Run, after: Run) -> None:
    """Raise TrainingError if the runs differ by more than the adapter, or use a split that training used."""
    _require_models(adapter, record, before, after)
    data = after.record.data
    used_in_training = (record.config.data.split, record.config.validation.split)
    if data.digest == record.data.digest and data.split in used_in_training:
        raise TrainingError(
            f"{after.folder}: this run is on the {data.split} split, which {adapter} was trained or validated on; "
            "evaluate both models on another split"
        )
    trained = {name: record.base.as_json().get(name) for name in _PREPROCESSING}
    for run in (before, after):
        used = run.record.model.as_json()
        differing = [f"{k} {value} (found {used.get(k)})" for k, value in trained.items() if used.get(k) != value]
        if differing:
            raise TrainingError(
                f"{run.folder}: clips were not preprocessed as in the training of {adapter}; run `mma-bench eval` "
                f"again with the settings used in training: {', '.join(differing)}"
            )
    _require_same_questions(before, after)


def _require_models(adapter: Path, record: TrainingRecord, before: Run, after: Run) -> None:
    expected = read_adapter(str(adapter), base=record.base.name)
    used = after.record.model.adapter
    if not isinstance(used, AdapterSection):
        raise TrainingError(f"{after.folder}: this run has no adapter; expected a run with {adapter}")
    if used.sha256 != expected.sha256 and used.name == expected.name:
        raise TrainingError(
            f"{after.folder}: the weights of adapter {expected.name} in this run differ from those in {adapter}; "
            f"run `mma-bench eval` again with --adapter {adapter}"
        )
    if used.sha256 != expected.sha256:
        raise TrainingError(f"{after.folder}: this run has the adapter {used.name}; expected a run with {adapter}")
    model = before.record.model
    if model.adapter or model.revision != record.base.revision:
        raise TrainingError(
            f"{before.folder}: this run is of {before.model} (adapter {model.adapter_name or 'none'}, revision "
            f"{model.revision}); expected a run of {record.base.name} without an adapter, at revision "
            f"{record.base.revision}, on which {adapter} was trained"
        )


def _require_same_questions(before: Run, after: Run) -> None:
    if before.record.data.digest != after.record.data.digest:
        raise TrainingError(
            f"{before.folder} and {after.folder} are runs on different datasets; evaluate both models on the same one"
        )
    asked = [{made.key for made, _ in run.answers} for run in (before, after)]
    if asked[0] != asked[1]:
        raise TrainingError(
            f"{before.folder} has {len(asked[0]):,} questions and {after.folder} {len(asked[1]):,}, "
            f"{len(asked[0] & asked[1]):,} of them the same; expected the same questions in both. Run "
            "`mma-bench eval` for both to the end with the same --split, --conditions, --prompts, --variants, "
            "--seeds and --limit"
        )


def _scores(before: Run, after: Run, unseen: Sequence[str]) -> AdapterScores:
    halves: tuple[Half, ...] = ("all", "seen", "unseen") if unseen else ("all",)
    return AdapterScores(
        dataset_digest=after.record.data.digest,
        source=after.record.data.source,
        split=after.record.data.split,
        clips=len({made.clip_id for made, _ in after.answers}),
        reading=after.metrics.reading,
        partial=bool(before.metrics.partial or after.metrics.partial),
        unanswered=Unanswered(base=before.metrics.errors, tuned=after.metrics.errors),
        cells=tuple(cell for half in halves for cell in _cells(before, after, half, unseen)),
        pairs={"base": before.metrics.pairs, "tuned": after.metrics.pairs},
    )


def _cells(before: Run, after: Run, half: Half, unseen: Sequence[str]) -> list[ScoredCell]:
    def belongs(made: Prediction) -> bool:
        return half == "all" or seen_in_tuning(made, unseen) is (half == "seen")

    return [
        ScoredCell(
            classes=half,
            condition=cell.condition,
            prompt=cell.prompt,
            variant=cell.variant,
            n=cell.change.n,
            base=cell.before,
            tuned=cell.after,
            tuned_interval=cell.interval,
            difference=cell.change.value,
            interval=(cell.change.low, cell.change.high),
            p=p_value(cell.change),
        )
        for cell in compare(before, after, belongs)
    ]


def _hub_results(after: Run, dataset_id: str) -> list[dict[str, Json]]:
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    return eval_result_entries_to_yaml(
        [
            EvalResultEntry(
                dataset_id=dataset_id,
                task_id=task_id(cell.condition, cell.prompt),
                value=round(100 * cell.accuracy, 2),
                date=after.record.started,
                notes=f"{'drawn clips, ' if after.record.data.source == 'synthetic' else ''}n {cell.n}, "
                f"95 % [{100 * cell.ci_low:.1f}, {100 * cell.ci_high:.1f}]",
            )
            for cell in after.metrics.cells
            if cell.variant == "plain"  # the Hub takes one result per task
        ]
    )
