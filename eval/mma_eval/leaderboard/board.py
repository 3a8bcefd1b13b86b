"""Rank entries within each dataset, never across datasets, and build the leaderboard.json record."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from mma_bench import __version__
from mma_bench.core.records import Items, Number, Record, Text
from mma_eval.leaderboard.entry import Entry
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import MARKS, SCORE, SPLIT
from mma_eval.scoring.metrics import MetricsCell, MetricsPair
from mma_eval.scoring.results import Result, reported
from mma_eval.scoring.statistics import rank_intervals

SCHEMA = 1


@dataclass(frozen=True)
class Ranked:
    """An entry with its rank."""

    entry: Entry
    rank: int
    """1 for the best main score; equal scores share a rank, and the ranks after it are skipped."""
    best: int
    """Best plausible rank (95 % bootstrap intervals of the score differences, clips resampled)."""
    worst: int
    """Worst plausible rank."""


@dataclass(frozen=True)
class Section:
    """The entries on one dataset, best first."""

    reference: Reference
    ranked: Sequence[Ranked]

    @property
    def title(self) -> str:
        """Clip type and abbreviated dataset digest."""
        return f"{'Drawn' if self.reference.drawn else 'Recorded'} clips, dataset {self.reference.digest[:12]}"


@dataclass(frozen=True)
class Board:
    """All entries, and the paper's results."""

    sections: Sequence[Section]
    """One per dataset, recorded clips first."""
    reported: Sequence[Result]
    """Results reported by the paper and its site."""


class EntryRecord(Record):
    """An entry in leaderboard.json."""

    rank: int
    """1 is best; equal scores share a rank."""
    rank_best: int
    """Best plausible rank, at 95 %."""
    rank_worst: int
    """Worst plausible rank, at 95 %."""
    name: Text
    """Name of the submission."""
    model: Text
    """Name of the model with its adapter."""
    score: Number
    """The main score, 0 to 1."""
    score_low: Number
    """Lower end of its 95 % interval."""
    score_high: Number
    """Upper end of its 95 % interval."""
    questions: int
    """Number of questions that count."""
    errors: int
    """Number of answers that failed."""
    marks: Items[str]
    """Keys of the board's `marks`."""
    cells: Items[MetricsCell]
    """Cells as in metrics.json, over the questions that count."""
    pairs: Items[MetricsPair]
    """Pairs as in metrics.json, over the questions that count."""
    run: dict[str, Text]
    """Published fields of run.json by dotted path, as text."""


class SectionRecord(Record):
    """The entries on one dataset in leaderboard.json; scores are comparable within a section only."""

    dataset_digest: str
    source: str
    """"synthetic" or "recordings"."""
    split: str
    classes: Items[str]
    clips: int
    """Number of clips asked about."""
    entries: Items[EntryRecord]
    """Best first."""


class ReportedRecord(Record):
    """A result reported by the paper or its site, in leaderboard.json."""

    model: str
    condition: str
    prompt: str
    percent: Number
    source: str
    """Table or figure."""
    clips: str
    """Description of the evaluated clips."""
    note: str
    """A conflicting number elsewhere, or a hint on reading this one; may be empty."""


class LeaderboardRecord(Record):
    """leaderboard.json: the board as data."""

    schema_version: int = Field(alias="schema")
    """Version of this format."""
    mma_bench: str
    """Version of mma-bench that wrote the file."""
    score: str
    """Definition of the main score."""
    marks: dict[str, str]
    """Explanation of each mark."""
    sections: Items[SectionRecord]
    """One per dataset."""
    reported: Items[ReportedRecord]
    """Results reported by the paper and its site."""


def make_board(entries: Sequence[Entry]) -> Board:
    """Group entries by dataset and rank each group."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.reference.digest, []).append(entry)
    sections = [Section(group[0].reference, _ranked(group)) for group in groups.values()]
    return Board(sorted(sections, key=lambda section: section.reference.drawn), tuple(reported()))


def leaderboard_record(board: Board) -> LeaderboardRecord:
    """Convert a board to the leaderboard.json record."""
    return LeaderboardRecord(
        schema_version=SCHEMA,
        mma_bench=__version__,
        score=SCORE,
        marks=dict(MARKS),
        sections=tuple(map(_section_record, board.sections)),
        reported=tuple(ReportedRecord.model_validate(r, from_attributes=True) for r in board.reported),
    )


def _ranked(entries: Sequence[Entry]) -> list[Ranked]:
    targets = entries[0].reference.targets
    keys = list(entries[0].right)
    clips = [targets[key].clip_id for key in keys]
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
    return EntryRecord(
        rank=ranked.rank,
        rank_best=ranked.best,
        rank_worst=ranked.worst,
        name=entry.name,
        model=entry.model,
        score=entry.score,
        score_low=entry.interval[0],
        score_high=entry.interval[1],
        questions=sum(cell.n for cell in entry.cells),
        errors=entry.errors,
        marks=entry.marks,
        cells=tuple(entry.cells),
        pairs=tuple(entry.pairs),
        run=dict(entry.run),
    )
