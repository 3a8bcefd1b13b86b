"""Parts of a run, from several processes or machines, put together by key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mma_bench.core.files import writing
from mma_eval.run.options import SHARDS
from mma_eval.run.prediction import Key, Prediction
from mma_eval.run.provenance import RUN, RunError, read_run, run_differences, write_run
from mma_eval.run.store import PREDICTIONS, read_predictions, write_predictions


def merge_shards(run: Path) -> bool:
    """Put the shards under `run` together if all of them are complete; say whether they are.

    Raises:
        RunError: they are parts of different runs.
    """
    folders = sorted(path.parent for path in (run / SHARDS).glob(f"*-of-*/{RUN}"))
    records = [read_run(folder) for folder in folders]
    parts = {record["selection"]["shard"][1] for record in records}
    if len(parts) > 1:
        raise RunError(
            f"{run / SHARDS}: shards of {' and of '.join(map(str, sorted(parts)))}; remove those of one kind"
        )
    if not parts or len(folders) < parts.pop():
        return False
    if any(_open_questions(folder, record) for folder, record in zip(folders, records, strict=True)):
        return False
    if (run / RUN).exists():
        found = run_differences(records[0], read_run(run))
        if found:
            raise RunError(f"{run} holds another run than its {SHARDS}; remove one of them:\n  " + "\n  ".join(found))
        folders.append(run)  # failed questions may have been asked again since
    merge_runs(folders, run)
    return True


def merge_runs(folders: Sequence[Path], out: Path) -> None:
    """Write the run that several runs of the same model on the same dataset are together.

    Raises:
        RunError: they differ in something that matters, or answer the same question differently.
    """
    first, *others = records = [read_run(folder) for folder in folders]
    for folder, record in zip(folders[1:], others, strict=True):
        found = run_differences(first, record)
        if found:
            raise RunError(f"{folders[0]} and {folder} are different runs and are not merged:\n  " + "\n  ".join(found))
    merged: dict[Key, Prediction] = {}
    for folder in folders:
        for key, made in _answers(folder).items():
            known = merged.get(key)
            if known is not None and known.error is None and made.error is None and known.answer != made.answer:
                raise RunError(
                    f"{folder}: {made.id}, {made.prompt}, {made.variant}, seed {made.seed}: answered {made.answer!r}, "
                    f"in another run {known.answer!r}; the same run gives the same answers. Remove one of the folders"
                )
            if known is None or known.error is not None:
                merged[key] = made
    with writing(out / PREDICTIONS) as partial:
        write_predictions(partial, merged.values())
    write_run(out, _together(records, out.name))


def _together(records: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    selections = [record["selection"] for record in records]
    union = {
        field: list(dict.fromkeys(value for s in selections for value in s[field]))
        for field in ("conditions", "prompts", "variants", "seeds")
    }
    parts = {tuple(s["shard"]) for s in selections}
    whole = [1, 1] if (1, 1) in parts or len(parts) == selections[0]["shard"][1] else selections[0]["shard"]
    return {
        **records[0],
        "name": name,
        "selection": {**selections[0], **union, "shard": whole},
        "partial": any(record["partial"] for record in records) or whole != [1, 1],
        "merged": [{k: record.get(k) for k in ("command", "started", "machine", "selection")} for record in records],
    }


def _open_questions(folder: Path, record: dict[str, Any]) -> bool:
    return len(_answers(folder)) < int(record.get("questions", 0))


def _answers(folder: Path) -> dict[Key, Prediction]:
    """A part of few clips may have none of them, and then no file."""
    path = folder / PREDICTIONS
    return read_predictions(path) if path.exists() else {}
