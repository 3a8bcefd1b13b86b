"""Create, resume, clear and merge run folders. Parts computed by several processes or machines are merged by key."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mma_bench.core.files import remove, writing
from mma_bench.core.records import Json
from mma_bench.core.workfolder import WorkFolder
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.run.record import (
    COMPARABILITY_KEYS,
    RUN,
    AnyRun,
    MergedPart,
    RunError,
    RunRecord,
    comparable,
    read_provenance,
    read_run,
    run_differences,
    write_run,
)
from mma_eval.run.store import PREDICTIONS, read_predictions, write_predictions

METRICS = "metrics.json"
SHARDS = "shards"
"""Subfolder for the parts of a divided run (`--shard`)."""
ATTENTION = "attention"
"""Subfolder for attention recorded by `mma-bench attention`; deleted when a new run starts."""


def open_run(folder: Path, run: AnyRun) -> tuple[AnyRun, AnyRun]:
    """Start a run, or check that the folder contains the same run.

    Returns:
        The content that run.json should have, and the content that it has: the server may have moved since an earlier
        run, and `--limit` may have grown.

    Raises:
        OptionsError: the folder contains a different run.
        RunError: the folder contains answers without a run.json.
        StorageError: the attention recorded by an earlier run cannot be deleted.
    """
    if not (folder / PREDICTIONS).exists() or not (folder / PREDICTIONS).stat().st_size:
        remove(folder / ATTENTION)  # a run killed before its first answer may have left recordings
        write_run(folder, run)
        return run, run
    if not (folder / RUN).exists():
        raise RunError(f"{folder}: found {PREDICTIONS}, but no {RUN}; give --overwrite to start over, or another --out")
    there = read_provenance(folder, type(run))
    wanted = comparable(run)
    WorkFolder(folder, "mma-bench eval", RUN).require_same(
        wanted,
        _with_smaller_limit(comparable(there), wanted),
        what="a run",
        sections=(*COMPARABILITY_KEYS, "selection", "recorded"),
    )
    now = there.with_(model=run.model, selection=run.selection, questions=run.questions, partial=run.partial)
    return now, there


def _with_smaller_limit(there: dict[str, Json], wanted: Mapping[str, Json]) -> dict[str, Json]:
    """Return an earlier run with the limit of a later one if that is larger: its clips include the earlier ones."""
    before, now = (run["selection"].get("limit") for run in (there, wanted))
    if before is None or (now is not None and now < before):
        return there
    return {**there, "selection": {**there["selection"], "limit": now}}


def remove_run(folder: Path) -> None:
    """Delete the files of a run, and nothing else in its folder.

    Recorded attention is deleted first: an interruption can then leave answers without attention, which is detected,
    but never old attention beside the answers of a new run.

    Raises:
        StorageError: a file cannot be deleted.
    """
    for name in (ATTENTION, SHARDS, METRICS, PREDICTIONS, RUN):
        remove(folder / name)


def merge_parts(run: Path) -> RunRecord | None:
    """Merge the parts in a run folder; return the merged run.json, or None if a part is missing or incomplete.

    Raises:
        RunError: the parts belong to different runs.
    """
    folders = sorted(path.parent for path in (run / SHARDS).glob(f"*-of-*/{RUN}"))
    records = [read_run(folder) for folder in folders]
    numbers = {record.selection.part[1] for record in records}
    if len(numbers) > 1:
        raise RunError(
            f"{run / SHARDS}: contains runs of {' and '.join(map(str, sorted(numbers)))} parts; delete "
            "the parts of all runs but one"
        )
    if not numbers or len(folders) < numbers.pop():
        return None
    answers = [_answers(folder) for folder in folders]
    if any(len(made) < record.questions for made, record in zip(answers, records, strict=True)):
        return None
    if len({record.selection.limit for record in records}) > 1:  # --limit has grown in some parts only
        return None
    if (run / RUN).exists():
        there = read_run(run)
        if found := run_differences(records[0], there):
            listed = "\n  ".join(found)
            raise RunError(
                f"{run}: {SHARDS}/ (here) and {RUN} (there) belong to different runs; delete one of them:\n  {listed}"
            )
        # Failed questions may have been asked again since the last merge.
        folders, answers = [*folders, run], [*answers, _answers(run)]
    return _merge(folders, records, answers, run)


def merge_runs(folders: Sequence[Path], out: Path) -> RunRecord:
    """Merge runs of one model on one dataset into another run folder; return its run.json.

    Raises:
        RunError: the runs are not comparable, or answer the same question differently.
    """
    return _merge(folders, [read_run(folder) for folder in folders], [_answers(folder) for folder in folders], out)


def _merge(
    folders: Sequence[Path], records: Sequence[RunRecord], answers: Sequence[dict[Key, Prediction]], out: Path
) -> RunRecord:
    """Merge answers; `records` describe the first of the folders, and thereby the merged run."""
    for folder, record in zip(folders[1:], records[1:], strict=False):
        if found := run_differences(records[0], record):
            listed = "\n  ".join(found)
            raise RunError(
                f"{folders[0]} (here) and {folder} (there) are different runs and cannot be merged; leave one out:\n"
                f"  {listed}"
            )
    merged: dict[Key, Prediction] = {}
    for folder, predictions in zip(folders, answers, strict=True):
        for key, made in predictions.items():
            known = merged.get(key)
            if known is not None and known.error is None and made.error is None and known.answer != made.answer:
                raise RunError(
                    f"{folder}: {made.id}, {made.prompt}, {made.variant}, seed {made.seed}: answered {made.answer!r}, "
                    f"but {known.answer!r} in another run. Runs to merge must agree; leave out one of the folders"
                )
            if known is None or known.error is not None:
                merged[key] = made
    with writing(out / PREDICTIONS) as partial:
        write_predictions(partial, merged.values())
    record = _merged_record(records, out.name)
    write_run(out, record)
    return record


def _merged_record(records: Sequence[RunRecord], name: str) -> RunRecord:
    first = records[0]
    union = {
        field: tuple(dict.fromkeys(value for record in records for value in getattr(record.selection, field)))
        for field in ("conditions", "prompts", "variants", "seeds")
    }
    parts = {record.selection.part for record in records}
    whole = (1, 1) in parts or len(parts) == first.selection.part[1]
    adapted = tuple(sorted({name for record in records for name in record.adapted}))
    probes = [record.probe for record in records if record.probe]
    deaf = next((probe for probe in probes if probe.arrives is False), None)
    return first.with_(
        **({"adapted": adapted} if adapted else {}),
        **({"probe": deaf} if deaf else {}),
        name=name,
        selection=first.selection.with_(**union, part=(1, 1) if whole else first.selection.part),
        partial=any(record.partial for record in records) or not whole,
        merged=tuple(
            MergedPart(command=r.command, started=r.started, machine=r.machine, selection=r.selection) for r in records
        ),
    )


def _answers(folder: Path) -> dict[Key, Prediction]:
    path = folder / PREDICTIONS
    return read_predictions(path) if path.exists() else {}  # a part of few clips may have none, and then no file
