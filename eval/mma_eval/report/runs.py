"""Runs as a report needs them: their record, their scores, and each answer judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_accuracy.outcomes import ABSENT, Judged, judge
from mma_eval.run.folder import ATTENTION, SHARDS
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RUN, RunError, RunRecord, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions
from mma_eval.scoring.metrics import Metrics, MetricsCell
from mma_eval.scoring.scores import read_metrics

ENDING = f"-{ATTENTION}"
"""Of the folders of `mma-bench attention`: tells nothing where all have it, and widens tables."""


@dataclass(frozen=True)
class Run:
    """One run folder."""

    folder: Path
    name: str
    """Unique among the runs of a report."""
    record: RunRecord
    metrics: Metrics
    answers: Sequence[tuple[Prediction, Judged]]

    @property
    def model(self) -> str:
        """The model's own name, without its adapter."""
        return str(self.record.model.name or self.record.model.class_ or self.record.name)

    @property
    def adapter(self) -> str | None:
        """The adapter's name."""
        return self.record.model.adapter_name

    def cell(self, condition: str, prompt: str, variant: str) -> MetricsCell | None:
        """The scores of a cell, where it was asked."""
        for cell in self.metrics.cells:
            if (cell.condition, cell.prompt, cell.variant) == (condition, prompt, variant):
                return cell
        return None


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """Read run folders; a missing metrics.json is made.

    Raises:
        RunError: there is none, one is no run folder or has no answers, or a folder is given twice.
    """
    if not folders:
        raise RunError("no run folders; expected those that `mma-bench eval` wrote, such as runs/tiny-omni")
    twice = {f for f in folders if [g.resolve() for g in folders].count(f.resolve()) > 1}
    if twice:
        raise RunError(f"{min(twice)}: given twice; name each run once")
    names = _names(folders)
    return [_read(folder, name) for folder, name in zip(folders, names, strict=True)]


def asked_of(record: RunRecord) -> str:
    """How much of its dataset a run was to ask about; nothing where that is all or is not told."""
    there, selection = record.there, record.selection
    limit, part = selection.limit, selection.part
    if there is None:
        return f"--limit {limit}" if record.partial and limit is not None else ""
    clips, conditions, asked = there.clips, there.conditions, len(selection.conditions)
    limited = limit is not None and limit < clips
    if asked == conditions and not limited and part == (1, 1):
        return ""
    said = [
        f"{asked} of {conditions} conditions" if asked < conditions else f"all {conditions} conditions",
        f"{limit:,} of {clips:,} clips (--limit {limit})" if limited else f"all {clips:,} clips",
    ]
    return "; ".join([*said, *([] if part == (1, 1) else [f"of these part {part[0]} of {part[1]}"])])


def without_answers(folder: Path) -> bool:
    """Whether a run was begun and never got an answer: its model or server could not be had."""
    return (folder / RUN).is_file() and not (folder / PREDICTIONS).is_file() and not (folder / SHARDS).is_dir()


def _read(folder: Path, name: str) -> Run:
    record = read_run(folder)
    metrics = read_metrics(folder, record)
    answers = [(p, judged(p)) for p in read_predictions(folder / PREDICTIONS).values()]
    return Run(folder, name, record, metrics, answers)


def judged(made: Prediction) -> Judged:
    """What an answer means."""
    return judge(
        made.answer,
        made.options,
        reference=made.reference,
        other=made.other,
        caption=made.caption,
        absent=(made.condition, made.prompt) in ABSENT,
        error=made.error,
    )


def _names(folders: Sequence[Path]) -> list[str]:
    """Folder names, longer where they would be the same, without an ending that all of several have."""
    parts = [folder.resolve().parts for folder in folders]
    length = 1
    while len({p[-length:] for p in parts}) < len(parts):
        length += 1
    names = ["/".join(p[-length:]) for p in parts]
    shorter = [name.removesuffix(ENDING) for name in names]
    shared = len(names) > 1 and all(name.endswith(ENDING) for name in names) and len(set(shorter)) == len(names)
    return shorter if shared and all(name.rpartition("/")[2] for name in shorter) else names
