"""Rank entries within each dataset, never across datasets, and build the leaderboard.json record."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from mma_accuracy.reading import READING
from mma_bench import __version__
from mma_bench.core.records import Items, Number, Record, Text
from mma_eval.leaderboard.entry import Entry
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import MARKS, SCORE, SPLIT
from mma_eval.scoring.metrics import MetricsCell, MetricsPair
from mma_eval.scoring.results import reported
from mma_eval.scoring.statistics import rank_intervals

SCHEMA = 1


@dataclass(frozen=True)
class Ranked:
    """An entry with its rank."""

    entry: Entry
    rank: int
    """Rank by main score, from 1 for the best; equal scores share a rank, and the next ranks are skipped (1, 1, 3)."""
    best: int
    worst: int
    """Worst plausible rank, and `best` the best, by 95 % bootstrap intervals of score differences (clips resampled)."""


@dataclass(frozen=True)
class Section:
    """The entries on one dataset, best first."""

    reference: Reference
    ranked: Sequence[Ranked]

    @property
    def title(self) -> str:
        """Clip type and abbreviated dataset digest."""
        return f"{'Drawn' if self.reference.drawn else 'Recorded'} clips, dataset {self.reference.digest[:12]}"


class EntryRecord(Record):
    """An entry in leaderboard.json; fields without a description are as in `Ranked` and `Entry`."""

    rank: int
    rank_best: int
    rank_worst: int
    name: Text
    model: Text
    score: Number
    score_low: Number
    score_high: Number
    """Upper end of the score's 95 % interval; `score_low` is the lower end."""
    questions: int
    """Number of questions that count, over all conditions."""
    errors: int
    marks: Items[str]
    """Caveats about the entry, as keys of `LeaderboardRecord.marks`."""
    cells: Items[MetricsCell]
    pairs: Items[MetricsPair]
    run: dict[str, Text]
    """Published fields of run.json by dotted path, as text."""


class SectionRecord(Record):
    """The entries on one dataset in leaderboard.json; scores are comparable within a section only."""

    dataset_digest: str
    source: str
    """Origin of the clips: "synthetic" for drawn clips, or "recordings"."""
    split: str
    classes: Items[str]
    clips: int
    """Number of distinct clips that the questions are about."""
    entries: Items[EntryRecord]


class ReportedRecord(Record):
    """A result reported by the paper or its site, in leaderboard.json."""

    model: str
    condition: str
    prompt: str
    percent: Number
    source: str
    """Table or figure in which the result is reported."""
    clips: str
    """Description of the evaluated clips."""
    note: str
    """A conflicting number reported elsewhere, or a hint on how to read the reported number; may be empty."""


class LeaderboardRecord(Record):
    """Content of leaderboard.json."""

    schema_version: int = Field(alias="schema")
    mma_bench: str
    """Version of mma-bench that wrote the file."""
    score: str
    """Definition of the main score."""
    reading: int = 1
    """Version of the rules by which the answers of all entries were read."""
    marks: dict[str, str]
    """Explanation of each mark."""
    sections: Items[SectionRecord]
    reported: Items[ReportedRecord]


def ranked_sections(entries: Sequence[Entry]) -> list[Section]:
    """Group entries by dataset, recorded clips first, and rank each group."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.reference.digest, []).append(entry)
    sections = [Section(group[0].reference, _ranked(group)) for group in groups.values()]
    return sorted(sections, key=lambda section: section.reference.drawn)


def leaderboard_record(sections: Sequence[Section]) -> LeaderboardRecord:
    """Convert ranked sections to the leaderboard.json record."""
    return LeaderboardRecord(
        schema_version=SCHEMA,
        mma_bench=__version__,
        score=SCORE,
        reading=READING,
        marks=dict(MARKS),
        sections=tuple(map(_section_record, sections)),
        reported=tuple(ReportedRecord.model_validate(r, from_attributes=True) for r in reported()),
    )


def _ranked(entries: Sequence[Entry]) -> list[Ranked]:
    keys = list(entries[0].right)
    clips = [entries[0].reference.targets[key].clip_id for key in keys]
    intervals = rank_intervals([[entry.right[key] for key in keys] for entry in entries], clips)
    ranked = [
        Ranked(entry, 1 + sum(other.score > entry.score for other in entries), best, worst)
        for entry, (best, worst) in zip(entries, intervals, strict=True)
    ]
    return sorted(ranked, key=lambda one: (one.rank, one.entry.model, one.entry.name))


def _section_record(section: Section) -> SectionRecord:
    reference = section.reference
    return SectionRecord(
        dataset_digest=reference.digest,
        source=reference.source,
        split=SPLIT,
        classes=tuple(reference.classes),
        clips=reference.clips,
        entries=tuple(map(_entry_record, section.ranked)),
    )


def _entry_record(ranked: Ranked) -> EntryRecord:
    entry = ranked.entry
    low, high = entry.interval
    ranks = {"rank": ranked.rank, "rank_best": ranked.best, "rank_worst": ranked.worst}
    scores = {"score": entry.score, "score_low": low, "score_high": high, "questions": sum(c.n for c in entry.cells)}
    rest = {name: getattr(entry, name) for name in ("errors", "marks", "cells", "pairs", "run")}
    return EntryRecord.model_validate({**ranks, "name": entry.name, "model": entry.model, **scores, **rest})
