"""Compare a selection funnel with the one in the paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mma_bench.manifest.funnel import LATER_STEPS, Funnel
from mma_cards.reported import reported_funnel


@dataclass(frozen=True, slots=True)
class ComparedCount:
    """Number of clips after a step, in our funnel and in the paper."""

    ours: int | None
    """Our count; None if the step is not done yet."""
    paper: int | None
    """The paper's count; None if it reports none."""
    difference: int | None
    """Our count minus the paper's; for the first step not done yet, our last count minus the paper's."""

    @property
    def texts(self) -> tuple[str, str]:
        """Both counts, formatted for tables.

        >>> ComparedCount(4798, None, None).texts, ComparedCount(None, 3518, 1280).texts
        (('4,798', ''), ('not yet', '3,518 (+1,280)'))
        """
        ours = "not yet" if self.ours is None else f"{self.ours:,}"
        if self.paper is None:
            return ours, ""
        difference = "" if self.difference is None else f" ({self.difference:+,})" if self.difference else " (=)"
        return ours, f"{self.paper:,}{difference}"


@dataclass(frozen=True, slots=True)
class ComparedStep:
    """A step of the funnel with its counts by column."""

    name: str
    meaning: str
    counts: Mapping[str, ComparedCount]


NOTE = "Paper: Tables 1 and 7. In brackets ours less the paper's; in the first step not done yet, what we have so far"
"""Caption of tables that compare the counts."""


def compare(funnel: Funnel) -> Sequence[ComparedStep]:
    """Compare our counts with the paper's for each step, in order; omit steps neither done here nor reported there."""
    reported = reported_funnel()
    done = {step.name: step for step in funnel.steps}
    meanings = {step.name: step.meaning for step in funnel.steps if step.name not in LATER_STEPS} | dict(LATER_STEPS)
    so_far: dict[str, int | None] = {}
    rows = []
    for name, meaning in meanings.items():
        papers = {column: reported.get((name, column)) for column in funnel.columns}
        if name not in done and not any(papers.values()):
            continue
        counts = {}
        for column, paper in papers.items():
            ours = done[name].clips.get(column, 0) if name in done else None
            have = so_far.get(column) if ours is None else ours
            so_far[column] = ours  # the first step not done ends the comparison
            compared = have - paper.clips if paper and have is not None else None
            counts[column] = ComparedCount(ours, paper.clips if paper else None, compared)
        rows.append(ComparedStep(name, meaning, counts))
    return rows


def funnel_table(funnel: Funnel) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return the headers of the counts, and a row per step; `paper` follows each column that the paper reports."""
    rows = compare(funnel)
    cells = {column: 1 + (column in paper_columns(rows)) for column in funnel.columns}
    names = [name for column, n in cells.items() for name in (column, "paper")[:n]]
    return names, [
        [row.meaning, *(text for column, n in cells.items() for text in row.counts[column].texts[:n])] for row in rows
    ]


def paper_columns(rows: Sequence[ComparedStep]) -> frozenset[str]:
    """Return the columns for which the paper reports counts."""
    return frozenset(column for row in rows for column, count in row.counts.items() if count.paper is not None)
