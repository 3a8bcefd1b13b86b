"""What an adapter gives: its base and itself on the same questions, kept beside the weights and put into the card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mma_bench.core.files import write_text
from mma_bench.hub.eval_yaml import task_id
from mma_eval.report.comparison import Compared, compare, p_value, seen_in_tuning
from mma_eval.report.runs import Run, read_runs
from mma_training.adapter.card import SCORES, write_card
from mma_training.adapter.comparable_runs import require_fitting
from mma_training.adapter.repo import RECORD
from mma_training.errors import TrainingError

RESULTS = ".eval_results/mma-bench.yaml"
"""Where the Hub looks for results (huggingface_hub.EvalResultEntry)."""


def keep_scores(adapter: Path, base: Path, tuned: Path, *, dataset_id: str | None = None) -> list[Path]:
    """Put two runs into an adapter's folder: scores.json, the card, and the Hub's results.

    Args:
        adapter: a folder that `mma-bench train` wrote.
        base: run folder of the base alone.
        tuned: run folder of the base with this adapter.
        dataset_id: the dataset on the Hub, for the Hub's results; without it they are not written.

    Returns:
        What was written for others: the card, and the Hub's results.

    Raises:
        TrainingError: the folder was not made by `mma-bench train`, a run is of something else, or the two were not
            asked the same.
        RunError: one is no run folder.
    """
    record = _record(adapter)
    before, after = read_runs([base, tuned])
    require_fitting(adapter, record, before, after)
    scores = _scores(before, after, record["data"]["unseen_classes"])
    if dataset_id is not None and scores["partial"]:
        raise TrainingError(f"{after.folder}: a part of the dataset; results for the Hub are of all of it")
    write_text(adapter / SCORES, json.dumps(scores, indent=1) + "\n")
    written = [write_card(adapter, record)]
    if dataset_id is not None:
        write_text(adapter / RESULTS, yaml.safe_dump(_entries(after, dataset_id), sort_keys=False))
        written.append(adapter / RESULTS)
    return written


def _scores(before: Run, after: Run, unseen: Sequence[str]) -> dict[str, Any]:
    halves: list[tuple[str, bool | None]] = [("all", None)]
    if unseen:
        halves += [("seen", True), ("unseen", False)]
    return {
        "dataset_digest": after.record.data.digest,
        "source": after.record.data.source,
        "split": after.record.data.split,
        "clips": len({made.clip_id for made, _ in after.answers}),
        "partial": before.metrics.partial or after.metrics.partial,
        "unanswered": {name: _unanswered(run) for name, run in (("base", before), ("tuned", after))},
        "cells": [cell for name, half in halves for cell in _cells(before, after, name, half, unseen)],
        "pairs": {
            name: [pair.as_json() for pair in run.metrics.pairs] for name, run in (("base", before), ("tuned", after))
        },
    }


def _record(adapter: Path) -> Mapping[str, Any]:
    try:
        record: Mapping[str, Any] = json.loads((adapter / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{adapter}: no {RECORD}; expected a folder that `mma-bench train` wrote") from error
    return record


def _unanswered(run: Run) -> int:
    return run.metrics.errors


def _cells(before: Run, after: Run, half: str, seen: bool | None, unseen: Sequence[str]) -> Iterator[dict[str, Any]]:
    found = compare(before, after, lambda made: half == "all" or seen_in_tuning(made, unseen) is seen)
    for cell in found:
        yield {"classes": half, **_as_json(cell)}


def _as_json(cell: Compared) -> dict[str, Any]:
    return {
        "condition": cell.condition,
        "prompt": cell.prompt,
        "variant": cell.variant,
        "n": cell.change.n,
        "base": cell.before,
        "tuned": cell.after,
        "tuned_interval": list(cell.interval),
        "difference": cell.change.value,
        "interval": [cell.change.low, cell.change.high],
        "p": p_value(cell.change),
    }


def _entries(after: Run, dataset_id: str) -> list[dict[str, Any]]:
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
            if cell.variant == "plain"  # one result of a task
        ]
    )
