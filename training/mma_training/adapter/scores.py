"""Compare a run of the base model with a run of the adapter, for the adapter's card and the Hub."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml

from mma_bench.core.files import write_text
from mma_bench.core.records import Json
from mma_bench.hub.dataset import task_id
from mma_eval.report.comparison import compare, p_value, seen_in_tuning
from mma_eval.report.runs import Run, read_runs
from mma_eval.run.prediction import Prediction
from mma_training.adapter.card import write_card
from mma_training.adapter.comparable_runs import require_comparable
from mma_training.adapter.folder import HUB_RESULTS
from mma_training.adapter.record import AdapterScores, ScoredCell, Unanswered, read_training, write_scores
from mma_training.errors import TrainingError

Half = Literal["all", "seen", "unseen"]


def keep_scores(adapter: Path, base: Path, tuned: Path, *, dataset_id: str | None = None) -> list[Path]:
    """Compare two runs, and write scores.json, the card and the Hub's results file into an adapter's folder.

    Args:
        adapter: a folder written by `mma-bench train`.
        base: run folder of the base alone.
        tuned: run folder of the base with this adapter.
        dataset_id: Hub id of the dataset; None writes no results file for the Hub.

    Returns:
        Paths of the card and, if written, of the Hub's results file.

    Raises:
        TrainingError: the folder was not written by `mma-bench train`, or the runs cannot be compared.
        RunError: `base` or `tuned` is not a run folder.
    """
    record = read_training(adapter)
    before, after = read_runs([base, tuned])
    require_comparable(adapter, record, before, after)
    scores = _scores(before, after, record.data.unseen_classes)
    if dataset_id is not None and scores.partial:
        raise TrainingError(f"{after.folder} covers a part of the dataset; results for the Hub need all of it")
    write_scores(adapter, scores)
    written = [write_card(adapter, record)]
    if dataset_id is not None:
        write_text(adapter / HUB_RESULTS, yaml.safe_dump(_hub_results(after, dataset_id), sort_keys=False))
        written.append(adapter / HUB_RESULTS)
    return written


def _scores(before: Run, after: Run, unseen: Sequence[str]) -> AdapterScores:
    halves: tuple[Half, ...] = ("all", "seen", "unseen") if unseen else ("all",)
    return AdapterScores(
        dataset_digest=after.record.data.digest,
        source=after.record.data.source,
        split=after.record.data.split,
        clips=len({made.clip_id for made, _ in after.answers}),
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
