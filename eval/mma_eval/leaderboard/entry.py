"""A run that was accepted, as the board needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mma_accuracy.intervals import wilson_interval
from mma_eval.leaderboard.published import model_label, published
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import SCORE_CONDITION
from mma_eval.leaderboard.submission import Submission
from mma_eval.report.runs import judged
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.scoring.metrics import MetricsCell, MetricsPair, metrics_of


@dataclass(frozen=True)
class Entry:
    """One line of a board, without its rank, which depends on the others."""

    name: str
    """Of the submission."""
    model: str
    """With its adapter."""
    reference: Reference
    score: float
    """The main score, 0 to 1."""
    interval: tuple[float, float]
    """95 % Wilson interval of the score; a clip counts once, by the mean of its answers."""
    right: Mapping[Key, bool]
    """Of each question that the score is made of, in the dataset's order."""
    cells: Sequence[MetricsCell]
    """As in metrics.json, of the answers that count."""
    pairs: Sequence[MetricsPair]
    errors: int
    """Answers that failed."""
    marks: tuple[str, ...]
    """Of `MARKS`."""
    run: Mapping[str, str]
    """How it was made: the published fields of run.json."""

    def cell(self, condition: str, prompt: str) -> MetricsCell | None:
        """The scores of a condition and question, where it was asked."""
        return next((c for c in self.cells if (c.condition, c.prompt) == (condition, prompt)), None)

    def pair(self, condition: str) -> MetricsPair | None:
        """What both answers about a row mean together, where both were given."""
        return next((p for p in self.pairs if p.condition == condition), None)


def make_entry(
    submission: Submission, reference: Reference, answers: Mapping[Key, Prediction], marks: tuple[str, ...]
) -> Entry:
    """Score the answers that count of a submission without faults."""
    score_keys = [key for key, asked in reference.questions.items() if asked.condition == SCORE_CONDITION]
    right = {key: judged(answers[key]).right for key in score_keys}
    by_clip: dict[str, list[bool]] = {}
    for key, is_right in right.items():
        by_clip.setdefault(reference.questions[key].clip_id, []).append(is_right)
    metrics = metrics_of([answers[key] for key in reference.questions if key in answers])
    return Entry(
        name=submission.name,
        model=model_label(submission.record),
        reference=reference,
        score=fmean(right.values()),
        interval=wilson_interval(sum(map(fmean, by_clip.values())), len(by_clip)),
        right=right,
        cells=metrics.cells,
        pairs=metrics.pairs,
        errors=sum(made.error is not None for made in answers.values()),
        marks=marks,
        run=published(submission.record),
    )
