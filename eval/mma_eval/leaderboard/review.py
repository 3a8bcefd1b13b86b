"""Whether a run may stand on the board: all reasons why not, or the entry that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_bench.core.differences import shortened
from mma_eval.leaderboard.completeness import completeness_faults, counted
from mma_eval.leaderboard.entry import Entry, make_entry
from mma_eval.leaderboard.families import family_of
from mma_eval.leaderboard.fault import Fault
from mma_eval.leaderboard.provenance_checks import provenance_faults
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import GREEDY
from mma_eval.leaderboard.score_checks import score_faults
from mma_eval.leaderboard.submission import Submission, read_submission
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.run.record import RUN


@dataclass(frozen=True)
class Refused:
    """A run that may not stand on the board."""

    name: str
    faults: Sequence[Fault]
    """All that were found."""


def review(folder: Path, name: str, references: Sequence[Reference]) -> Entry | Refused:
    """Check a run folder against the dataset that it was run on.

    Args:
        folder: as `mma-bench eval` wrote it.
        name: to call it by.
        references: the datasets that there are; at least one.
    """
    submission = read_submission(folder, name)
    reference = _reference_of(submission, references)
    if reference is None:
        known = " or ".join(shortened(reference.digest) for reference in references)
        digest = shortened(submission.field("data.digest"))
        remedy = "run it on this dataset, or name the dataset that it was run on with --data"
        unread = any(fault.where == RUN for fault in submission.faults)
        foreign = [] if unread else [Fault(f"{RUN}, data.digest", known, digest, remedy)]
        return Refused(name, [*submission.faults, *foreign, *score_faults(submission)])
    answers = counted(submission)
    faults = [
        *submission.faults,
        *completeness_faults(submission, reference),
        *provenance_faults(submission, reference),
        *score_faults(submission),
    ]
    return Refused(name, faults) if faults else make_entry(submission, reference, answers, tuple(_marks(submission)))


def _reference_of(submission: Submission, references: Sequence[Reference]) -> Reference | None:
    digest = submission.field("data.digest")
    return next((reference for reference in references if reference.digest == digest), None)


def _marks(submission: Submission) -> Iterator[str]:
    model = submission.record["model"]
    mark = family_of(model).mark
    if mark is not None:
        yield mark
    if mark != "baseline" and submission.field("probe.arrives") is not True and _some_untold(submission.answers):
        yield "sound unknown"
    if model.get("system_prompt"):
        yield "system prompt"
    if model.get("decoding") is not None and model["decoding"] not in GREEDY:
        yield "not greedy"


def _some_untold(answers: Mapping[Key, Prediction]) -> bool:
    return any(made.tokens is None and made.error is None for made in answers.values())
