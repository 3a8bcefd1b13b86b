"""Compare base and tuned runs: the difference in each cell, with interval and p-value."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean

from mma_accuracy.intervals import wilson_interval
from mma_eval.report.page import Row, Table
from mma_eval.report.runs import Run, cell_of
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import run_differences
from mma_eval.scoring.statistics import Difference, difference


def comparisons(runs: Sequence[Run], pairs: Sequence[tuple[Run, Run]] = ()) -> list[Table]:
    """Tabulate each pair of runs: the given pairs, or else each base run with the tuned runs of the same model.

    If tuning excluded classes, seen and unseen classes also get separate tables (paper, Table 9).
    """
    return [table for base, tuned in pairs or list(bases_and_tuned(runs)) for table in _tables(base, tuned)]


@dataclass(frozen=True)
class Compared:
    """A cell compared over the questions asked in both runs; missing answers count as wrong."""

    condition: str
    prompt: str
    variant: str
    before: float
    after: float
    """Accuracy of the second run, 0 to 1; `before` is that of the first."""
    interval: tuple[float, float]
    """95 % Wilson interval of `after`; each clip counts once."""
    change: Difference


def compare(base: Run, tuned: Run, chosen: Callable[[Prediction], bool] = lambda prediction: True) -> list[Compared]:
    """Compare every cell that two runs have in common, over the `chosen` questions (by default all)."""
    found = []
    for cell in map(cell_of, base.metrics.cells):
        before, after = (
            {p.key: (p.clip_id, judged.right) for p, judged in run.answers if cell_of(p) == cell and chosen(p)}
            for run in (base, tuned)
        )
        keys = [key for key in before if key in after]
        if keys:
            clips, first = zip(*(before[key] for key in keys), strict=True)
            second = [after[key][1] for key in keys]
            by_clip: dict[str, list[bool]] = defaultdict(list)
            for clip, right in zip(clips, second, strict=True):
                by_clip[clip].append(right)
            interval = wilson_interval(sum(map(fmean, by_clip.values())), len(by_clip))
            shares = sum(first) / len(keys), sum(second) / len(keys)
            found.append(Compared(*cell, *shares, interval, difference(first, second, clips)))
    return found


def seen_in_tuning(prediction: Prediction, unseen: Collection[str]) -> bool | None:
    """Return True if tuning included all classes of a row, False if none, and None if only one."""
    shown = {prediction.reference, prediction.other} - {None}
    return None if shown & set(unseen) and shown - set(unseen) else not shown & set(unseen)


def bases_and_tuned(runs: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    """Yield each pair of a run without an adapter and a run of the same model with an adapter."""
    for base, tuned in product(runs, runs):
        adapters = base.record.model.adapter_name, tuned.record.model.adapter_name
        if adapters[0] is None and adapters[1] is not None and base.model == tuned.model:
            yield base, tuned


def _tables(base: Run, tuned: Run) -> Iterator[Table]:
    title = f"{base.name} against {tuned.name}"
    yield _table(base, tuned, title, compare(base, tuned))
    unseen = tuned.record.model.unseen_classes
    if unseen:
        listed = ", ".join(name.replace("_", " ") for name in unseen)
        note = "A row of which one class was in the tuning and the other was not is in neither half."
        for name, seen in (("classes seen in tuning", True), (f"classes never seen in tuning ({listed})", False)):
            cells = compare(base, tuned, lambda prediction, seen=seen: seen_in_tuning(prediction, unseen) is seen)  # type: ignore[misc]
            yield _table(base, tuned, f"{title}: {name}", cells, [note])


def _table(base: Run, tuned: Run, title: str, compared: Sequence[Compared], notes: Sequence[str] = ()) -> Table:
    rows = []
    for cell in compared:
        change = cell.change
        where = (cell.condition.replace("_", " "), cell.prompt, cell.variant, f"{change.n:,}")
        gain = f"{100 * change.value:+.1f} [{100 * change.low:+.1f}, {100 * change.high:+.1f}]"
        accuracies = f"{100 * cell.before:.1f}", f"{100 * cell.after:.1f}"
        rows.append(Row([*where, *accuracies, gain, p_value(change)]))
    columns = ["condition", "asked about", "asked as", "n", base.name, tuned.name, "difference", "p"]
    other = [d for d in run_differences(base.record, tuned.record) if not d.startswith("model.adapter")]
    return Table(
        title,
        columns,
        rows,
        "Accuracy in % on the questions that both were asked; one without an answer is wrong. Difference in "
        "points, with a 95 % bootstrap interval clustered by clip; p by McNemar's exact test on the answers that "
        "only one of the two got right, none where clips are asked more than once; not corrected for the number of "
        f"rows ({len(rows)}).",
        [*notes, *(f"Besides the adapter the runs differ in {line}" for line in other)],
    )


def p_value(change: Difference) -> str:
    """Format the p-value, or "-" if questions share clips, since McNemar's test assumes independent questions."""
    if change.clips < change.n:
        return "-"
    return "< 0.001" if change.p < 0.001 else f"{change.p:.3f}"
