"""Verify submissions: admit each as an entry with scores and marks, or refuse it with all its faults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from mma_accuracy.intervals import wilson_interval
from mma_bench.core.differences import shortened
from mma_bench.core.errors import OptionsError
from mma_eval.leaderboard.answers import completeness_faults, counted_answers, score_faults, token_faults
from mma_eval.leaderboard.provenance import model_label, probe_faults, provenance_faults, published
from mma_eval.leaderboard.reference import Reference, read_reference
from mma_eval.leaderboard.rules import GREEDY, SCORE_CONDITION, family_of
from mma_eval.leaderboard.submission import Fault, Fields, Submission, find_runs, first_of_each, read_submission
from mma_eval.report.runs import judged
from mma_eval.run.questions import Key
from mma_eval.run.record import RUN
from mma_eval.scoring.metrics import MetricsCell, MetricsPair, metrics_of


@dataclass(frozen=True)
class Entry:
    """An admitted submission with its scores, not yet ranked."""

    name: str
    """Unique name of the submission."""
    model: str
    """Name of the model and, if it has one, of its adapter."""
    reference: Reference
    score: float
    """The main score, 0 to 1."""
    interval: tuple[float, float]
    """95 % Wilson interval of the score; each clip counts once, by its mean accuracy."""
    right: Mapping[Key, bool]
    """Correctness of the answer to each scored question, in dataset order."""
    cells: Sequence[MetricsCell]
    pairs: Sequence[MetricsPair]
    """Joint outcomes as in metrics.json, but only over the answers that count; so are the scores in `cells`."""
    errors: int
    """Number of failed answers among those that count."""
    marks: tuple[str, ...]
    """Caveats about the entry, as keys of `MARKS`."""
    run: Mapping[str, str]
    """The published fields of run.json by dotted path, as text."""

    def cell(self, condition: str, prompt: str) -> MetricsCell | None:
        """Return the scores of a condition and prompt; None if not asked."""
        return next((c for c in self.cells if (c.condition, c.prompt) == (condition, prompt)), None)

    def pair(self, condition: str) -> MetricsPair | None:
        """Return the joint outcomes of both prompts under a condition; None unless both were asked."""
        return next((p for p in self.pairs if p.condition == condition), None)


@dataclass(frozen=True)
class Refused:
    """A refused submission, with all its faults."""

    name: str
    faults: Sequence[Fault]


def admit_all(runs: Sequence[Path], data: Sequence[str]) -> tuple[list[Entry], list[Refused]]:
    """Verify the runs in folders and their subfolders, each against the dataset on which it was evaluated.

    `data` lists these datasets, as built folders or names on the Hub.

    Raises:
        OptionsError: no run is found, or `data` is empty.
        DataFolderError: a dataset cannot be read.
    """
    found = find_runs(runs)
    if found and not data:
        raise OptionsError("--data is missing; name the dataset that the runs were evaluated on")
    references = [read_reference(where) for where in data] if found else []
    admitted = [admit(folder, name, references) for name, folder in found.items()]
    return [one for one in admitted if isinstance(one, Entry)], [one for one in admitted if isinstance(one, Refused)]


def admit(folder: Path, name: str, references: Sequence[Reference]) -> Entry | Refused:
    """Verify a run folder against the dataset in `references` whose digest is in its run.json."""
    submission = read_submission(folder, name)
    digest = submission.run.get("data.digest")
    reference = next((reference for reference in references if reference.digest == digest), None)
    if reference is None:
        known = " or ".join(shortened(reference.digest) for reference in references)
        remedy = "run the evaluation on the expected dataset, or pass the evaluated dataset with --data"
        unread = any(fault.where == RUN for fault in submission.faults)
        unknown = [] if unread else [Fault(f"{RUN}, data.digest", known, shortened(digest), remedy)]
        return Refused(name, [*submission.faults, *unknown, *score_faults(submission)])
    faults = [
        *submission.faults,
        *completeness_faults(submission, reference),
        *provenance_faults(submission.run, reference),
        *first_of_each(token_faults(submission)),
        *probe_faults(submission.run),
        *score_faults(submission),
    ]
    return Refused(name, faults) if faults else _entry(submission, reference)


def _entry(submission: Submission, reference: Reference) -> Entry:
    """Score a submission that has no faults."""
    answers = counted_answers(submission)
    score_keys = [key for key, target in reference.targets.items() if target.condition == SCORE_CONDITION]
    right = {key: judged(answers[key]).right for key in score_keys}
    by_clip: dict[str, list[bool]] = {}
    for key, is_right in right.items():
        by_clip.setdefault(reference.targets[key].clip_id, []).append(is_right)
    metrics = metrics_of([answers[key] for key in reference.targets if key in answers])
    return Entry(
        name=submission.name,
        model=model_label(submission.run),
        reference=reference,
        score=fmean(right.values()),
        interval=wilson_interval(sum(map(fmean, by_clip.values())), len(by_clip)),
        right=right,
        cells=metrics.cells,
        pairs=metrics.pairs,
        errors=sum(made.error is not None for made in answers.values()),
        marks=tuple(_marks(submission)),
        run=published(submission.run),
    )


def _marks(submission: Submission) -> Iterator[str]:
    model = Fields(submission.run.get("model"))
    mark = family_of(model).mark
    if mark is not None:
        yield mark
    sound_arrives = submission.run.get("probe.arrives") is True
    uncounted = any(made.tokens is None and made.error is None for made in submission.answers.values())
    if mark != "baseline" and not sound_arrives and uncounted:
        yield "sound unknown"
    if model.get("system_prompt"):
        yield "system prompt"
    adapted = submission.run.get("adapted")
    warm = isinstance(adapted, list) and "without temperature" in adapted
    if warm or model.get("decoding") not in (None, *GREEDY):
        yield "not greedy"
    if model.get("family") == "openai":
        # Version 0.1.0 sent the sound both ways, and did not say so.
        sound = model.get("sound") or ("beside" if model.get("media") == "frames" else None)
        yield {"beside": "sound beside", "in-video": "sound in video"}.get(str(sound), "sound twice")
