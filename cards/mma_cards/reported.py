"""What the paper reports, as data with its place in the paper: to be set beside what was measured, never steered to."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ReportedCount:
    """How many clips the paper says were left."""

    clips: int
    source: str
    """The table."""


@cache
def reported_funnel() -> Mapping[tuple[str, str], ReportedCount]:
    """Clips by step of the funnel and AudioSet list.

    >>> reported_funnel()["fetched", "eval"].clips
    3518
    """
    text = (files("mma_cards") / "reported_funnel.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["step"], row["list"]): ReportedCount(int(row["clips"]), row["source"]) for row in rows}


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """A number of the paper or its site."""

    source: str
    """The table or figure."""
    model: str
    condition: str
    """The benchmark's condition, with what was special about it ("frames_zeroed+abstain", "aligned (seen classes)")."""
    prompt: str
    """visual, audio, or empty where it is another benchmark's."""
    percent: float
    note: str
    """What contradicts it, or how it is to be read."""


@cache
def reported_results() -> tuple[ReportedResult, ...]:
    """Every number that the paper and its site report.

    >>> next(r.percent for r in reported_results() if r.model == "Gemini-2.5-Pro" and r.condition == "misaligned")
    95.28
    """
    text = (files("mma_cards") / "reported_results.csv").read_text(encoding="utf-8")
    return tuple(
        ReportedResult(
            source=row["source"],
            model=row["model"],
            condition=row["condition"],
            prompt=row["prompt"],
            percent=float(row["percent"]),
            note=row["note"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@dataclass(frozen=True, slots=True)
class ReportedAttention:
    """A number of the paper about a model's attention."""

    source: str
    """The section."""
    model: str
    measure: str
    """text_percent: attention to text, % of all; peak_layer_video, peak_layer_audio: the layer, counted from 1,
    with the largest Cohen's d."""
    value: float
    note: str
    """What is not said, or what contradicts it."""


@cache
def reported_attention() -> tuple[ReportedAttention, ...]:
    """What the paper's text says about attention, in numbers; its figures 9, 10, 16 and 18 are not read off.

    >>> [r.value for r in reported_attention() if r.measure == "text_percent"]
    [81.29, 56.29]
    """
    text = (files("mma_cards") / "reported_attention.csv").read_text(encoding="utf-8")
    return tuple(
        ReportedAttention(row["source"], row["model"], row["measure"], float(row["value"]), row["note"])
        for row in csv.DictReader(text.splitlines())
    )
