"""Whether metrics.json is what the answers give: scores are computed again, never believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mma_bench.core.differences import differing, shortened
from mma_bench.core.errors import MMABenchError
from mma_eval.leaderboard.fault import Fault, first_of_each
from mma_eval.leaderboard.submission import Submission
from mma_eval.run.folder import METRICS
from mma_eval.run.record import RUN, RunRecord
from mma_eval.scoring.metrics import metrics_of

_DECIMALS = 9
_OF = ("condition", "prompt", "variant")
_REMEDY = "changed or stale: hand in the answers as they were given, and score them with `mma-bench score RUN`"


def score_faults(submission: Submission) -> list[Fault]:
    """Where metrics.json differs from the scores of predictions.jsonl; of each condition and question the first."""
    if not submission.lines or not submission.metrics:
        return []  # said already
    return first_of_each((where.rpartition(".")[0] or where, fault) for where, fault in _differing(submission))


def _differing(submission: Submission) -> Iterator[tuple[str, Fault]]:
    try:
        run = RunRecord.from_json(dict(submission.record), where=RUN, made_by="mma-bench eval")
        computed = metrics_of(list(submission.answers.values())).of_run(run).as_json()
    except (MMABenchError, ValueError) as error:
        remedy = "run `mma-bench eval` again into a new folder"
        yield RUN, Fault(f"{RUN}, with its answers", "a run that can be scored", f"{error!s:.200}", remedy)
        return
    for section in dict.fromkeys((*computed, *submission.metrics)):
        right, there = (_by_cell(metrics.get(section)) for metrics in (computed, submission.metrics))
        for where, expected, found in differing(section, right, there):
            computed_here = f"{shortened(expected)} as computed from the answers"
            yield where, Fault(f"{METRICS}, {where}", computed_here, shortened(found), _REMEDY)


def _by_cell(value: Any) -> Any:
    """Cells and pairs by what they are of, rates without the last digits."""
    if isinstance(value, list) and all(isinstance(cell, Mapping) for cell in value):
        return {" ".join(str(cell.get(n) or "-") for n in _OF): _rounded(cell) for cell in value}
    return value


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, _DECIMALS) if isinstance(value, float) else value
