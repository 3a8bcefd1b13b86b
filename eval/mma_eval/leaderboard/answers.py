"""Find faults in submissions: missing, extra or altered answers, missing modality tokens, and edited scores."""

from collections.abc import Iterator, Mapping, Sequence

from mma_accuracy.reading import READING
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.differences import differing, shortened
from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Json
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import MAX_ERROR_SHARE, REQUIRED_CONDITIONS, SEED, SPLIT, VARIANT
from mma_eval.leaderboard.submission import RUN_MISSING_PARTS, Fault, Submission, field_faults, first_of_each
from mma_eval.run.folder import METRICS
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key, Target
from mma_eval.run.record import RUN, RunRecord
from mma_eval.run.store import PREDICTIONS
from mma_eval.scoring.metrics import Metrics, metrics_of

_NEW_RUN = "run `mma-bench eval` on the unmodified dataset into a new folder"
_EVAL_AGAIN = "run `mma-bench eval` again into a new folder"
_CONTINUE = "run the same `mma-bench eval` command again to resume"
_EMPTY = "the model returned an empty answer"
"""Error that version 0.1.0 recorded for an empty answer, which is the model's own."""
_DECIMALS = 9
"""Number of decimal places to which stored rates must match recomputed rates."""


def counted_answers(submission: Submission) -> dict[Key, Prediction]:
    """Return the answers that count: those to plain questions with the options in alphabetical order."""
    return {key: made for key, made in submission.answers.items() if _counts(made)}


def completeness_faults(submission: Submission, reference: Reference) -> list[Fault]:
    """Find a partial selection, missing, duplicate, extra or altered answers, and too many errors."""
    claimed = submission.run.get("selection.conditions")
    claimed = [name for name in claimed if isinstance(name, str)] if isinstance(claimed, list) else []
    there = counted_answers(submission)
    expected = {key: target for key, target in reference.targets.items() if target.condition in claimed}
    return [
        *_selection_faults(submission),
        *_condition_faults(claimed, reference),
        *_missing(expected, there),
        *first_of_each(_line_faults(submission, expected)),
        *_too_many_errors(expected, there),
    ]


def token_faults(submission: Submission) -> Iterator[tuple[str, Fault]]:
    """Yield (kind, fault) for answers without tokens of a modality in the clip, and for invalid token counts."""
    for number, made in submission.lines:
        condition = CONDITIONS.get(made.condition)
        if made.tokens is None or made.error is not None or condition is None:
            continue
        where = f"{PREDICTIONS}, line {number}, tokens"
        for modality, present in (("video", condition.visual_present), ("audio", condition.audio_present)):
            count: Json = made.tokens.get(modality) if isinstance(made.tokens, Mapping) else made.tokens
            if type(count) is not int or count < 0:
                expected = f"an object with the number of {modality} tokens that the model took in, or null"
                yield "kind", Fault(where, expected, shortened(made.tokens), _EVAL_AGAIN)
            elif present and count == 0:
                remedy = f"find out why the {modality} does not reach the model; answers without it do not count"
                yield modality, Fault(where, f"{modality} tokens, since the clip has {modality}", "0", remedy)


def score_faults(submission: Submission) -> list[Fault]:
    """Find differences between metrics.json and the scores recomputed from predictions.jsonl.

    Scores under older rules of reading are not compared: the board scores all answers anew, by the same rules.
    """
    if not submission.lines or not submission.metrics.content:
        return []  # already reported when the files were read
    if _is_older(submission.metrics.content):
        return []
    return first_of_each((where.rpartition(".")[0] or where, fault) for where, fault in _differing_scores(submission))


def _is_older(stored: Json) -> bool:
    try:
        return Metrics.from_json(stored, where=METRICS, made_by="mma-bench score").reading < READING
    except MMABenchError:
        return False  # its differences are faults


def _selection_faults(submission: Submission) -> Iterator[Fault]:
    yield from field_faults(
        submission.run,
        ("partial", False, "run `mma-bench eval` without --limit and --shard into a new folder"),
        ("selection.limit", None, "run `mma-bench eval` without --limit into a new folder"),
        ("selection.shard", [1, 1], RUN_MISSING_PARTS),
        ("selection.split", SPLIT, f"run `mma-bench eval --split {SPLIT}` into a new folder"),
    )
    for field, needed in (("prompts", "visual"), ("prompts", "audio"), ("variants", VARIANT), ("seeds", SEED)):
        found = submission.run.get(f"selection.{field}")
        if not isinstance(found, list) or needed not in found:
            remedy = f"run `mma-bench eval` again into a new folder, also with --{field} {needed}"
            yield Fault(f"{RUN}, selection.{field}", f"a list that contains {needed}", shortened(found), remedy)


def _condition_faults(claimed: Sequence[str], reference: Reference) -> Iterator[Fault]:
    where = f"{RUN}, selection.conditions"
    for name in REQUIRED_CONDITIONS:
        if name not in claimed:
            remedy = f"run `mma-bench eval --conditions {name}`, then merge: `mma-bench score RUN RUN --out BOTH`"
            yield Fault(where, f"a list that contains {name}", shortened(list(claimed)), remedy)
    for name in claimed:
        if name not in reference.conditions:
            yield Fault(where, f"one of {', '.join(reference.conditions)}", name, _NEW_RUN)


def _missing(expected: Mapping[Key, Target], there: Mapping[Key, Prediction]) -> Iterator[Fault]:
    missing = [key for key in expected if key not in there]
    if missing:
        named = ", ".join(f"{row} ({prompt})" for row, prompt, _, _ in missing[:3])
        found = f"{len(expected) - len(missing):,}; missing: {len(missing):,}, such as {named}"
        wanted = f"answers to all {len(expected):,} questions under the conditions in {RUN}"
        yield Fault(PREDICTIONS, wanted, found, _CONTINUE)


def _line_faults(submission: Submission, expected: Mapping[Key, Target]) -> Iterator[tuple[str, Fault]]:
    answered: dict[Key, int] = {}
    for number, made in submission.lines:
        if not _counts(made):
            continue
        where = f"{PREDICTIONS}, line {number}"
        target = expected.get(made.key)
        if target is None:
            remedy = f"these answers are for another dataset or were added; {_NEW_RUN}"
            planned = "a question of the dataset under a condition in run.json"
            yield "extra", Fault(where, planned, f"{made.id} ({made.prompt})", remedy)
            continue
        if made.key in answered:
            found = f"a second answer to {made.id} ({made.prompt}), the first is in line {answered[made.key]}"
            yield "twice", Fault(where, "one answer to each question", found, _NEW_RUN)
        if made.error is None:
            answered[made.key] = number
        if (made.answer is None) == (made.error is None):
            found = "neither" if made.answer is None else "both"
            yield "both", Fault(where, "either an answer or an error", found, _NEW_RUN)
        for field in ("clip_id", "donor_id", "condition", "reference", "other", "caption", "options"):
            right, stated = getattr(target.question if field == "options" else target, field), getattr(made, field)
            if stated != right:
                yield field, Fault(f"{where}, {field}", shortened(right), shortened(stated), _NEW_RUN)


def _too_many_errors(expected: Mapping[Key, Target], there: Mapping[Key, Prediction]) -> Iterator[Fault]:
    failed = [made for key, made in there.items() if key in expected and made.error not in (None, _EMPTY)]
    if len(failed) > MAX_ERROR_SHARE * len(expected):
        found = f"{len(failed):,} of {len(expected):,}, such as {failed[0].id} ({failed[0].prompt}: {failed[0].error})"
        allowed = f"at most {100 * MAX_ERROR_SHARE:g} % of the answers to have failed"
        yield Fault(
            PREDICTIONS, allowed, found, "run the same `mma-bench eval` command again to retry failed questions"
        )


def _counts(made: Prediction) -> bool:
    return (made.variant, made.seed) == (VARIANT, SEED)


def _differing_scores(submission: Submission) -> Iterator[tuple[str, Fault]]:
    try:
        run = RunRecord.from_json(submission.run.content, where=RUN, made_by="mma-bench eval")
        computed = metrics_of(list(submission.answers.values())).of_run(run).as_json()
    except (MMABenchError, ValueError) as error:
        yield RUN, Fault(f"{RUN}, with its answers", "a run that can be scored", f"{error!s:.200}", _EVAL_AGAIN)
        return
    stored = submission.metrics.content
    remedy = "the file is edited or stale; submit the unedited answers, scored with `mma-bench score RUN`"
    for section in dict.fromkeys((*computed, *stored)):
        right, there = (_by_cell(metrics.get(section)) for metrics in (computed, stored))
        for where, expected, found in differing(section, right, there):
            computed_here = f"{shortened(expected)} as computed from the answers"
            yield where, Fault(f"{METRICS}, {where}", computed_here, shortened(found), remedy)


def _by_cell(value: Json) -> Json:
    """Index a list of cells or pairs by condition, prompt and variant, and round its rates."""
    if isinstance(value, list) and all(isinstance(cell, Mapping) for cell in value):
        keys = ("condition", "prompt", "variant")
        return {" ".join(str(cell.get(name) or "-") for name in keys): _rounded(cell) for cell in value}
    return value


def _rounded(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, _DECIMALS) if isinstance(value, float) else value
