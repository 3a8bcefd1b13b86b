"""Entries in order: ranked within one dataset, never across datasets; what the paper reports stands apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mma_eval.leaderboard.entry import Entry
from mma_eval.leaderboard.reference import Reference
from mma_eval.scoring.results import Result, reported
from mma_eval.scoring.statistics import rank_intervals


@dataclass(frozen=True)
class Ranked:
    """An entry with its place."""

    entry: Entry
    rank: int
    """By the main score; equal scores share a rank, and the next one is left out."""
    best: int
    """The best rank that its answers do not rule out (95 % bootstrap of the differences, clips resampled)."""
    worst: int


@dataclass(frozen=True)
class Section:
    """The entries on one dataset, best first."""

    reference: Reference
    ranked: Sequence[Ranked]

    @property
    def title(self) -> str:
        """What it was run on, in words."""
        return f"{'Drawn' if self.reference.drawn else 'Recorded'} clips, dataset {self.reference.digest[:12]}"


@dataclass(frozen=True)
class Board:
    """All that is known."""

    sections: Sequence[Section]
    """Recorded clips first."""
    reported: Sequence[Result]
    """By the paper and its site."""


def make_board(entries: Sequence[Entry]) -> Board:
    """Rank entries; those on other datasets stand in other sections."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.reference.digest, []).append(entry)
    sections = [Section(group[0].reference, _ranked(group)) for group in groups.values()]
    return Board(sorted(sections, key=lambda section: section.reference.drawn), tuple(reported()))


def _ranked(entries: Sequence[Entry]) -> list[Ranked]:
    questions = entries[0].reference.questions
    keys = list(entries[0].right)
    clips = [questions[key].clip_id for key in keys]
    intervals = rank_intervals([[entry.right[key] for key in keys] for entry in entries], clips)
    ranked = [
        Ranked(entry, 1 + sum(other.score > entry.score for other in entries), best, worst)
        for entry, (best, worst) in zip(entries, intervals, strict=True)
    ]
    return sorted(ranked, key=lambda one: (one.rank, one.entry.model, one.entry.name))
