"""What an adapter gives: its base and itself on the same questions, kept beside the weights and put into the card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mma_bench.files import write_text
from mma_eval.models.adapter import read_adapter
from mma_eval.report.comparison import Compared, compare, p_value, seen_in_tuning
from mma_eval.report.runs import Run, read_runs
from mma_training.adapter_repo import RECORD
from mma_training.card import SCORES, write_card
from mma_training.errors import TrainingError

_TAKES_IN = ("fps", "size", "min_pixels", "max_pixels", "system_prompt")
RESULTS = ".eval_results/mma-bench.yaml"
"""Where the Hub looks for results (huggingface_hub.EvalResultEntry)."""


def keep_scores(adapter: Path, base: Path, tuned: Path, *, dataset_id: str | None = None) -> Path:
    """Put two runs into an adapter's folder: scores.json, the card, and the Hub's results.

    Args:
        adapter: a folder that `mma-bench train` wrote.
        base: run folder of the base alone.
        tuned: run folder of the base with this adapter.
        dataset_id: the dataset on the Hub, for the Hub's results; without it they are not written.

    Returns:
        The card.

    Raises:
        TrainingError: the folder was not made by `mma-bench train`, or a run is of something else.
        RunError: one is no run folder.
    """
    record = _record(adapter)
    before, after = read_runs([base, tuned])
    _check(adapter, record, before, after)
    halves = [("all", None)]
    if record["data"]["unseen_classes"]:
        halves += [("seen", True), ("unseen", False)]  # type: ignore[list-item]
    scores = {
        "dataset_digest": after.record["data"]["digest"],
        "source": after.record["data"]["source"],
        "split": after.record["data"]["split"],
        "clips": len({made.clip_id for made, _ in before.answers} & {made.clip_id for made, _ in after.answers}),
        "partial": before.metrics["partial"] or after.metrics["partial"],
        "cells": [cell for name, half in halves for cell in _cells(before, after, name, half, record)],
        "pairs": {"base": before.metrics["pairs"], "tuned": after.metrics["pairs"]},
    }
    write_text(adapter / SCORES, json.dumps(scores, indent=1) + "\n")
    if dataset_id is not None:
        if scores["partial"]:
            raise TrainingError(f"{after.folder}: a part of the dataset; results for the Hub are of all of it")
        write_text(adapter / RESULTS, yaml.safe_dump(_entries(after, dataset_id), sort_keys=False))
    return write_card(adapter, record)


def _record(adapter: Path) -> Mapping[str, Any]:
    try:
        record: Mapping[str, Any] = json.loads((adapter / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{adapter}: no {RECORD}; expected a folder that `mma-bench train` wrote") from error
    return record


def _check(adapter: Path, record: Mapping[str, Any], before: Run, after: Run) -> None:
    own = read_adapter(str(adapter), base=record["base"]["name"]).sha256
    used = after.record["model"].get("adapter") or {}
    if used.get("sha256") != own:
        raise TrainingError(f"{after.folder}: not a run of {adapter}, but of {used.get('name', 'no adapter')}")
    if before.record["model"].get("adapter") or before.record["model"].get("revision") != record["base"]["revision"]:
        raise TrainingError(
            f"{before.folder}: not a run of {record['base']['name']} alone, as {adapter} was trained on"
        )
    data = after.record["data"]
    used_for_tuning = (record["config"]["data"]["split"], record["config"]["validation"]["split"])
    if data["digest"] == record["data"]["digest"] and data["split"] in used_for_tuning:
        raise TrainingError(f"{after.folder}: the {data['split']} split, on which {adapter} was tuned or chosen")
    for run in (before, after):
        differing = [name for name in _TAKES_IN if run.record["model"].get(name) != record["base"].get(name)]
        if differing:
            raise TrainingError(
                f"{run.folder}: asked with another {', '.join(differing)} than {adapter} was tuned with "
                f"({', '.join(str(record['base'].get(name)) for name in differing)}); evaluate it with the same"
            )
    if before.record["data"]["digest"] != after.record["data"]["digest"]:
        raise TrainingError(f"{before.folder} and {after.folder} are of different datasets")


def _cells(
    before: Run, after: Run, half: str, seen: bool | None, record: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    unseen: Sequence[str] = record["data"]["unseen_classes"]
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
                task_id=f"{cell['condition']}_{cell['prompt']}",
                value=round(100 * cell["accuracy"], 2),
                date=after.record["started"],
                notes=f"{'drawn clips, ' if after.record['data']['source'] == 'synthetic' else ''}n {cell['n']}, "
                f"95 % [{100 * cell['ci_low']:.1f}, {100 * cell['ci_high']:.1f}]",
            )
            for cell in after.metrics["cells"]
            if cell["variant"] == "plain"  # one result of a task
        ]
    )
