"""Read run folders with their record, scores and answer outcomes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_accuracy.outcomes import ABSENT, OUTCOMES, PAIR_OUTCOMES, Judged, judge
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_eval.run.folder import ATTENTION, METRICS, SHARDS
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RUN, RunError, RunRecord, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions
from mma_eval.scoring.metrics import Metrics, MetricsCell, MetricsPair, read_metrics

ENDING = f"-{ATTENTION}"
"""Suffix of the default output folders of `mma-bench attention`; omitted from run names if several runs all have it."""


@dataclass(frozen=True)
class Run:
    """A run folder with its record, scores and judged answers."""

    folder: Path
    name: str
    """Unique name among the runs of a report."""
    record: RunRecord
    metrics: Metrics
    answers: Sequence[tuple[Prediction, Judged]]

    @property
    def model(self) -> str:
        """Name of the model, without its adapter."""
        return str(self.record.model.name or self.record.model.class_ or self.record.name)

    def cell(self, condition: str, prompt: str, variant: str) -> MetricsCell | None:
        """Return the scores of a cell; None if not asked."""
        return next((c for c in self.metrics.cells if cell_of(c) == (condition, prompt, variant)), None)


def cell_of(scored: Prediction | MetricsCell) -> tuple[str, str, str]:
    """Return the condition, prompt and variant of a prediction or metrics cell."""
    return scored.condition, scored.prompt, scored.variant


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """Read run folders, scoring those without metrics.json.

    Raises:
        RunError: no folder is given, or a folder is given twice, is not a run folder or has no answers.
        MMABenchError: a file is malformed.
    """
    if not folders:
        raise RunError("no run folders with answers; expected some written by `mma-bench eval`, such as runs/tiny-omni")
    twice = {f for f in folders if [g.resolve() for g in folders].count(f.resolve()) > 1}
    if twice:
        raise RunError(f"{min(twice)}: given twice; name each run once")
    return [_read(folder, name) for folder, name in zip(folders, _names(folders), strict=True)]


def scope_of(record: RunRecord) -> str:
    """Describe how much of the dataset a run covers; return "" if it covers all or this is unknown."""
    there, selection = record.there, record.selection
    limit, part = selection.limit, selection.part
    if there is None:
        return f"--limit {limit}" if record.partial and limit is not None else ""
    clips, conditions, asked = there.clips, there.conditions, len(selection.conditions)
    limited = limit is not None and limit < clips
    if asked == conditions and not limited and part == (1, 1):
        return ""
    parts = [
        f"{asked} of {conditions} conditions" if asked < conditions else f"all {conditions} conditions",
        f"{limit:,} of {clips:,} clips (--limit {limit})" if limited else f"all {clips:,} clips",
        "" if part == (1, 1) else f"of these part {part[0]} of {part[1]}",
    ]
    return "; ".join(filter(None, parts))


def without_answers(folder: Path) -> bool:
    """Return True if a run was started but stored no answers, as when its model or server was unavailable."""
    return (folder / RUN).is_file() and not (folder / PREDICTIONS).is_file() and not (folder / SHARDS).is_dir()


def _read(folder: Path, name: str) -> Run:
    record = read_run(folder)
    metrics = read_metrics(folder, record)
    _require_known_names(folder, record, metrics)
    answers = [(p, judged(p)) for p in read_predictions(folder / PREDICTIONS).values()]
    return Run(folder, name, record, metrics, answers)


def _require_known_names(folder: Path, record: RunRecord, metrics: Metrics) -> None:
    """Refuse a run without classes, or with conditions, prompts, variants or outcomes unknown to the benchmark.

    Scoring accepts any names; tables and pictures need known ones.
    """
    if not record.data.classes:
        raise RunError(f"{folder / RUN}: data.classes: expected at least one class, found []; run the evaluation again")
    scores: Sequence[tuple[str, Sequence[MetricsCell | MetricsPair], Collection[str]]] = (
        ("cells", metrics.cells, OUTCOMES), ("pairs", metrics.pairs, PAIR_OUTCOMES),
    )  # fmt: skip
    remedy = f"; correct {PREDICTIONS} if it is wrong there too, then run `mma-bench score {folder}`"
    for name, cells, outcomes in scores:
        for number, cell in enumerate(cells):
            where = f"{folder / METRICS}: {name}[{number}]"
            for field, known in (("condition", CONDITIONS), ("prompt", PROMPTS), ("variant", VARIANTS)):
                if (found := getattr(cell, field, None)) not in (None, *known):
                    raise RunError(f"{where}.{field}: expected one of {', '.join(known)}, found {found!r}{remedy}")
            if set(cell.outcomes) != set(outcomes):
                listed = ", ".join(cell.outcomes) or "none"
                raise RunError(f"{where}.outcomes: expected {', '.join(outcomes)}, found {listed}{remedy}")


def judged(prediction: Prediction) -> Judged:
    """Classify an answer by the class that it names and its outcome."""
    return judge(
        prediction.answer,
        prediction.options,
        reference=prediction.reference,
        other=prediction.other,
        caption=prediction.caption,
        absent=(prediction.condition, prediction.prompt) in ABSENT,
        error=prediction.error,
        prompt=prediction.prompt,
        ended=prediction.ended,
    )


def _names(folders: Sequence[Path]) -> list[str]:
    """Name folders by their shortest unique trailing parts; leave out `ENDING` if several folders all have it."""
    parts = [folder.resolve().parts for folder in folders]
    length = 1
    while len({p[-length:] for p in parts}) < len(parts):
        length += 1
    names = ["/".join(p[-length:]) for p in parts]
    shorter = [name.removesuffix(ENDING) for name in names]
    shared = len(names) > 1 and all(name.endswith(ENDING) for name in names) and len(set(shorter)) == len(names)
    return shorter if shared and all(name.rpartition("/")[2] for name in shorter) else names
