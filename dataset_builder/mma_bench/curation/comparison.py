"""The funnel beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mma_bench.curation.funnel import LATER_STEPS, Funnel
from mma_cards.reported import reported_funnel


@dataclass(frozen=True, slots=True)
class ComparedCount:
    """One cell: what we count, what the paper reports."""

    ours: int | None
    """None: the step was not done yet."""
    paper: int | None
    """None: the paper does not report it."""
    difference: int | None
    """The paper's less ours; less our last count, where the step was not done yet."""

    @property
    def texts(self) -> tuple[str, str]:
        """Ours and the paper's as tables show them.

        >>> ComparedCount(4798, None, None).texts, ComparedCount(None, 3518, -1280).texts
        (('4,798', ''), ('not yet', '3,518 (-1,280)'))
        """
        ours = "not yet" if self.ours is None else f"{self.ours:,}"
        difference = f"{self.difference:+,}" if self.difference else "="
        return ours, "" if self.paper is None else f"{self.paper:,} ({difference})"


@dataclass(frozen=True, slots=True)
class ComparedStep:
    """One row."""

    name: str
    meaning: str
    counts: Mapping[str, ComparedCount]
    """By column of the funnel."""


def compare(funnel: Funnel) -> Sequence[ComparedStep]:
    """Every step that was done or that the paper reports, in order."""
    reported = reported_funnel()
    done = {step.name: step for step in funnel.steps}
    meanings = {step.name: step.meaning for step in funnel.steps if step.name not in LATER_STEPS} | dict(LATER_STEPS)
    last: dict[str, int] = {}
    rows = []
    for name, meaning in meanings.items():
        papers = {column: reported.get((name, column)) for column in funnel.columns}
        if name not in done and not any(papers.values()):
            continue
        counts = {}
        for column, paper in papers.items():
            ours = done[name].clips.get(column, 0) if name in done else None
            last[column] = last[column] if ours is None else ours
            counts[column] = ComparedCount(
                ours, paper.clips if paper else None, paper.clips - last[column] if paper else None
            )
        rows.append(ComparedStep(name, meaning, counts))
    return rows
