"""Tabulate how answers ended and how they were read, so that a doubter can check both."""

from collections.abc import Iterator, Mapping, Sequence

from mma_accuracy.ending import ENDED
from mma_accuracy.reading import REASONS
from mma_bench.core.differences import shortened
from mma_eval.report.page import Row, Table
from mma_eval.report.runs import Run

_MOST_ATTRIBUTED = 200


def reading_tables(runs: Sequence[Run]) -> Iterator[Table]:
    """Yield the tables that have any rows: one on how answers ended, and one per run on those read by attribution."""
    found = [_endings(runs), *map(_attributed, runs)]
    yield from (table for table in found if table.rows)


def _endings(runs: Sequence[Run]) -> Table:
    """Count by cell the answers that did not end by themselves, and those that were not recognised."""
    cells = [(run, cell) for run in runs for cell in run.metrics.cells]
    counted = [
        (f"{heading}: {name.replace('_', ' ')}", meaning, [getattr(cell, field).get(name, 0) for _, cell in cells])
        for field, heading, names in _KINDS
        for name, meaning in names.items()
    ]
    counted = [(heading, meaning, counts) for heading, meaning, counts in counted if any(counts)]
    rows = [
        Row(
            [
                run.name,
                cell.condition.replace("_", " "),
                cell.prompt,
                cell.variant,
                f"{cell.n:,}",
                *map(_blank_zero, found),
            ]
        )
        for k, (run, cell) in enumerate(cells)
        if any(found := [counts[k] for _, _, counts in counted])
    ]
    columns = ["run", "condition", "asked about", "asked as", "n", *(heading for heading, _, _ in counted)]
    explained = "; ".join(f"{heading} ({meaning})" for heading, meaning, _ in counted)
    caption = f"{explained}. What an answer had announced before it broke off counts."
    return Table("How answers ended, and why some were not recognised", columns, rows, caption, folded=True)


def _blank_zero(count: int) -> str:
    return f"{count:,}" if count else ""


_KINDS: Sequence[tuple[str, str, Mapping[str, str]]] = (
    ("ended", "ended", {name: meaning for name, meaning in ENDED.items() if name != "stop"}),
    ("off_list_reasons", "off list", {str(name): meaning for name, meaning in REASONS.items()}),
)
"""Field of a cell, its heading, and the names that it counts with their meanings."""


def _attributed(run: Run) -> Table:
    """List the answers that were read by attribution."""
    found = [(prediction, judged) for prediction, judged in run.answers if judged.reading.attributed]
    rows = [
        Row([p.id, p.prompt, shortened(p.answer), judged.reading.class_name or "", "yes" if judged.right else "no"])
        for p, judged in found[:_MOST_ATTRIBUTED]
    ]
    more = f"; the first {_MOST_ATTRIBUTED:,} of {len(found):,}" if len(found) > _MOST_ATTRIBUTED else ""
    columns = ["row", "asked about", "answer", "read as", "right"]
    caption = f"They name a class of each sense, and say which is which{more}."
    return Table(f"{run.name}: answers read by attribution", columns, rows, caption, folded=True)
