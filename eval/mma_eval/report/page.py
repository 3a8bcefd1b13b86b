"""What a report says, before it is HTML or Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Row:
    """A row of a table; the first cell names it."""

    cells: Sequence[str]
    kind: Literal["measured", "reported", "chance"] = "measured"


@dataclass(frozen=True)
class Table:
    """A table with what one must know to read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    caption: str = ""
    notes: Sequence[str] = ()
    folded: bool = False
    """Shown when it is opened."""


@dataclass(frozen=True)
class Picture:
    """A chart; `alt` says in words what it shows."""

    name: str
    """Of its file beside the Markdown."""
    data: bytes
    media_type: Literal["image/svg+xml", "image/png", "image/jpeg"]
    alt: str
    title: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Failure:
    """An answer that one can open."""

    title: str
    outcome: str
    question: str
    expected: str
    answer: str
    reading: str
    """What was read in it and why."""
    strip: Picture | None = None
    """Frames of the clip, in a row."""
    wave: Picture | None = None
    video: bytes | None = None
    """The clip as mp4, where there is room."""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gallery:
    """Pictures of one kind, with what may and what may not be read off them."""

    title: str
    pictures: Sequence[Picture]
    shows: str
    cannot_show: str
    wide: bool = False
    """Too wide for a phone: to be scrolled there."""
    side_by_side: bool = False
    """Two runs, whose pictures of a kind follow each other: a row for each kind."""


@dataclass(frozen=True)
class AttentionPart:
    """Inside the models whose attention was kept."""

    tables: Sequence[Table]
    galleries: Sequence[Gallery]


@dataclass(frozen=True)
class Section:
    """Runs on one dataset. Runs on different datasets stand in different sections and are never ranked together."""

    title: str
    introduction: Sequence[str]
    headlines: Sequence[str]
    """What happened where sight and sound conflict, a sentence per run."""
    warnings: Sequence[str]
    summary: Table
    outcome_bars: Sequence[Picture]
    pair_bars: Sequence[Picture]
    paper: Sequence[Table]
    comparisons: Sequence[Table]
    attention: AttentionPart | None
    """None where no run kept it."""
    classes: Sequence[Table]
    confusions: Sequence[Picture]
    costs: Table
    failures: Sequence[tuple[str, Sequence[Failure]]]
    """Failures of each run, under its name."""
    provenance: Sequence[Table]


@dataclass(frozen=True)
class Page:
    """A whole report."""

    title: str
    sections: Sequence[Section]
    definitions: Mapping[str, str]
    """Terms and what they mean."""
