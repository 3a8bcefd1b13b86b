"""Whether a run answers every question of the dataset exactly once, as the dataset asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mma_bench.core.differences import shortened
from mma_eval.leaderboard.fault import Fault, first_of_each
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import MAX_ERROR_SHARE, REQUIRED_CONDITIONS, SEED, SPLIT, VARIANT
from mma_eval.leaderboard.submission import Submission
from mma_eval.run.asking import EMPTY
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key, Target
from mma_eval.run.record import RUN
from mma_eval.run.store import PREDICTIONS

_ANEW = "run `mma-bench eval` on this dataset into a new folder"
_GO_ON = "run the same `mma-bench eval` command again, it continues"


def counted(submission: Submission) -> dict[Key, Prediction]:
    """The answers that count: asked plainly, with the options in order."""
    return {key: made for key, made in submission.answers.items() if _counts(made)}


def completeness_faults(submission: Submission, reference: Reference) -> list[Fault]:
    """Parts left out, questions missing, doubled or foreign, and answers whose facts are not the dataset's."""
    claimed = submission.field("selection.conditions")
    claimed = [name for name in claimed if isinstance(name, str)] if isinstance(claimed, list) else []
    there = counted(submission)
    expected = {key: asked for key, asked in reference.questions.items() if asked.condition in claimed}
    return [
        *_selection_faults(submission),
        *_condition_faults(claimed, reference),
        *_missing(expected, there),
        *first_of_each(_line_faults(submission, expected)),
        *_too_many_errors(expected, there),
    ]


def _selection_faults(submission: Submission) -> Iterator[Fault]:
    whole = (
        ("partial", False, "run the same without --limit and --shard"),
        ("selection.limit", None, "run the same without --limit, into a new folder"),
        ("selection.shard", [1, 1], "run the missing shards; the last one puts them together"),
        ("selection.split", SPLIT, f"run `mma-bench eval --split {SPLIT}` into a new folder"),
    )
    for field, expected, remedy in whole:
        found = submission.field(field)
        if found != expected:
            yield Fault(f"{RUN}, {field}", shortened(expected), shortened(found), remedy)
    for field, needed in (("prompts", "visual"), ("prompts", "audio"), ("variants", VARIANT), ("seeds", SEED)):
        found = submission.field(f"selection.{field}")
        if not isinstance(found, list) or needed not in found:
            remedy = f"run it with --{field} {needed} too, into a new folder"
            yield Fault(f"{RUN}, selection.{field}", f"{needed} among them", shortened(found), remedy)


def _condition_faults(claimed: Sequence[str], reference: Reference) -> Iterator[Fault]:
    where = f"{RUN}, selection.conditions"
    for name in REQUIRED_CONDITIONS:
        if name not in claimed:
            remedy = f"run --conditions {name} too, and merge both with `mma-bench score RUN RUN --out BOTH`"
            yield Fault(where, f"{name} among them", shortened(list(claimed)), remedy)
    for name in claimed:
        if name not in reference.conditions:
            yield Fault(where, f"some of {', '.join(reference.conditions)}", name, _ANEW)


def _missing(expected: Mapping[Key, Target], there: Mapping[Key, Prediction]) -> Iterator[Fault]:
    missing = [key for key in expected if key not in there]
    if missing:
        named = ", ".join(f"{row} ({prompt})" for row, prompt, _, _ in missing[:3])
        found = f"{len(expected) - len(missing):,}; {len(missing):,} are missing, such as {named}"
        yield Fault(PREDICTIONS, f"answers to all {len(expected):,} questions of the dataset", found, _GO_ON)


def _line_faults(submission: Submission, expected: Mapping[Key, Target]) -> Iterator[tuple[str, Fault]]:
    answered: dict[Key, int] = {}
    for number, made in submission.lines:
        if not _counts(made):
            continue
        where = f"{PREDICTIONS}, line {number}"
        asked = expected.get(made.key)
        if asked is None:
            remedy = f"these answers are for another dataset or were added; {_ANEW}"
            yield "extra", Fault(where, "a question that the run claims", f"{made.id} ({made.prompt})", remedy)
            continue
        if made.key in answered:
            found = f"a second answer to {made.id} ({made.prompt}), the first is in line {answered[made.key]}"
            yield "twice", Fault(where, "one answer to each question", found, _ANEW)
        if made.error is None:
            answered[made.key] = number
        if (made.answer is None) == (made.error is None):
            found = "neither" if made.answer is None else "both"
            yield "both", Fault(where, "either an answer or an error", found, _ANEW)
        for field, right in _facts(asked).items():
            found = getattr(made, field)
            if found != right:
                yield field, Fault(f"{where}, {field}", shortened(right), shortened(found), _ANEW)


def _facts(asked: Target) -> dict[str, object]:
    """What a line says of its question, as the dataset has it."""
    return {
        "clip_id": asked.clip_id,
        "donor_id": asked.donor_id,
        "condition": asked.condition,
        "reference": asked.reference,
        "other": asked.other,
        "caption": asked.caption,
        "options": asked.question.options,
    }


def _too_many_errors(expected: Mapping[Key, Target], there: Mapping[Key, Prediction]) -> Iterator[Fault]:
    failed = [made for key, made in there.items() if key in expected and made.error not in (None, EMPTY)]
    if len(failed) > MAX_ERROR_SHARE * len(expected):
        found = f"{len(failed):,} of {len(expected):,}, such as {failed[0].id} ({failed[0].prompt}: {failed[0].error})"
        allowed = f"at most {100 * MAX_ERROR_SHARE:g} % of the answers to have failed"
        remedy = "run the same `mma-bench eval` command again, it asks failed questions again"
        yield Fault(PREDICTIONS, allowed, found, remedy)


def _counts(made: Prediction) -> bool:
    return (made.variant, made.seed) == (VARIANT, SEED)
