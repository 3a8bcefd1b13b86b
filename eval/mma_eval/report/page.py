"""Hold the content of a report, before it is rendered as HTML or Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Row:
    """A table row; the first cell is its label."""

    cells: Sequence[str]
    kind: Literal["measured", "reported", "chance"] = "measured"


@dataclass(frozen=True)
class Table:
    """A table with its caption and notes."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    caption: str = ""
    notes: Sequence[str] = ()
    folded: bool = False
    """True if collapsed until a reader opens the table."""


@dataclass(frozen=True)
class Picture:
    """A chart or image; `alt` describes it in words."""

    name: str
    """File name in the Markdown's picture folder."""
    data: bytes
    media_type: Literal["image/svg+xml", "image/png", "image/jpeg"]
    alt: str
    title: str = ""
    folded: bool = False


def svg_picture(name: str, svg: str, words: str, title: str, *, folded: bool = False) -> Picture:
    """Wrap an SVG as a `Picture`."""
    return Picture(name, svg.encode(), "image/svg+xml", words, title, folded)


@dataclass(frozen=True)
class Failure:
    """A wrong answer with the clip and the question."""

    title: str
    outcome: str
    question: str
    expected: str
    answer: str
    reading: str
    """Class that the answer was found to name, and why."""
    strip: Picture | None = None
    """Frames of the clip, in a row."""
    wave: Picture | None = None
    video: bytes | None = None
    """The clip as mp4; None if unavailable or over the page's size budget."""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gallery:
    """Pictures of one kind, with captions on what they show and what they cannot show."""

    title: str
    shows: str
    cannot_show: str
    pictures: Sequence[Picture] = ()
    wide: bool = False
    """True if the pictures are too wide for a phone, where they scroll."""
    side_by_side: bool = False
    """True if the pictures of two runs alternate, so that each row of the page compares them."""


@dataclass(frozen=True)
class AttentionSection:
    """Tables and pictures of stored attention."""

    tables: Sequence[Table]
    galleries: Sequence[Gallery]


@dataclass(frozen=True)
class Section:
    """Results of the runs on one dataset and split; runs in different sections are never ranked together."""

    title: str
    introduction: Sequence[str]
    headlines: Sequence[str]
    """One sentence per run on its answers under conflict."""
    warnings: Sequence[str]
    summary: Table
    outcome_bars: Sequence[Picture]
    pair_bars: Sequence[Picture]
    paper: Sequence[Table]
    comparisons: Sequence[Table]
    attention: AttentionSection | None
    """None if no run stored attention."""
    readings: Sequence[Table]
    """How answers ended and why some were not recognised, and the answers that were read by attribution."""
    classes: Sequence[Table]
    confusions: Sequence[Picture]
    costs: Table
    failures: Sequence[tuple[str, Sequence[Failure]]]
    """Name of each run, with its failures."""
    provenance: Sequence[Table]
