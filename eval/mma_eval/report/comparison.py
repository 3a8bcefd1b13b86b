"""Base against tuned: the difference in each cell, and whether it could be chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mma_eval.provenance import differences
from mma_eval.report.page import Row, Table
from mma_eval.report.runs import Run
from mma_eval.statistics import Difference, difference


def comparisons(runs: Sequence[Run], pairs: Sequence[tuple[Run, Run]] = ()) -> list[Table]:
    """A table for each pair of runs: those given, else each base with its tuned models."""
    return [_table(base, tuned) for base, tuned in pairs or list(_bases_and_tuned(runs))]


def _bases_and_tuned(runs: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    for base in runs:
        for tuned in runs:
            if base.adapter is None and tuned.adapter is not None and base.model == tuned.model:
                yield base, tuned


def _table(base: Run, tuned: Run) -> Table:
    rows = []
    for cell in base.metrics["cells"]:
        condition, prompt, variant = cell["condition"], cell["prompt"], cell["variant"]
        found = _compared(base, tuned, (condition, prompt, variant))
        if found is None:
            continue
        before, after, change = found
        interval = f"[{100 * change.low:+.1f}, {100 * change.high:+.1f}]"
        cells = [
            condition.replace("_", " "),
            prompt,
            variant,
            f"{change.n:,}",
            f"{100 * before:.1f}",
            f"{100 * after:.1f}",
        ]
        rows.append(Row([*cells, f"{100 * change.value:+.1f} {interval}", _p(change)]))
    columns = ["condition", "asked about", "asked as", "n", base.name, tuned.name, "difference", "p"]
    other = [d for d in differences(base.record, tuned.record) if not d.startswith("model.adapter")]
    return Table(
        f"{base.name} against {tuned.name}",
        columns,
        rows,
        "Accuracy in % on the questions that both answered. Difference in points, with a 95 % bootstrap interval "
        "clustered by clip; p by McNemar's exact test on the answers that only one of the two got right, none where "
        f"clips are asked more than once; not corrected for the number of rows ({len(rows)}).",
        [f"Besides the adapter the runs differ in {line}" for line in other],
    )


def _compared(base: Run, tuned: Run, cell: tuple[str, str, str]) -> tuple[float, float, Difference] | None:
    answers = [
        {
            made.key: (made.clip_id, judged.right)
            for made, judged in run.answers
            if (made.condition, made.prompt, made.variant) == cell and made.error is None
        }
        for run in (base, tuned)
    ]
    keys = [key for key in answers[0] if key in answers[1]]
    if not keys:
        return None
    first, second = ([given[key][1] for key in keys] for given in answers)
    change = difference(first, second, [answers[0][key][0] for key in keys])
    return sum(first) / len(keys), sum(second) / len(keys), change


def _p(change: Difference) -> str:
    """McNemar's test takes questions as independent; those about one clip are not."""
    if change.clips < change.n:
        return "-"
    p = change.p
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
