"""The numbers that the paper reports, with their places in it, to be compared with measured ones."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ReportedCount:
    """A number of clips in the paper's funnel."""

    clips: int
    source: str
    """Table of the paper."""


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """An accuracy that the paper or its site reports."""

    source: str
    """Table or figure."""
    model: str
    condition: str
    """Condition of the benchmark, with any addition ("frames_zeroed+abstain", "aligned (seen classes)")."""
    prompt: str
    """visual or audio; empty for results on another benchmark."""
    percent: float
    note: str
    """A contradiction to the number, or a hint how to read it; may be empty."""


@dataclass(frozen=True, slots=True)
class ReportedAttention:
    """A number that the paper reports about the attention of a model."""

    source: str
    """Section of the paper."""
    model: str
    measure: str
    """text_percent: attention to text, % of all; peak_layer_video, peak_layer_audio: the layer with the largest
    Cohen's d, counted from 1."""
    value: float
    note: str
    """A detail that the paper leaves open, or a contradiction to the number."""


@cache
def reported_funnel() -> Mapping[tuple[str, str], ReportedCount]:
    """Read the paper's numbers of clips by step of the funnel and list of AudioSet.

    >>> reported_funnel()["fetched", "eval"].clips
    3518
    """
    rows = _rows("reported_funnel.csv")
    return {(row["step"], row["list"]): ReportedCount(int(row["clips"]), row["source"]) for row in rows}


@cache
def reported_results() -> tuple[ReportedResult, ...]:
    """Read all accuracies that the paper and its site report.

    >>> next(r.percent for r in reported_results() if r.model == "Gemini-2.5-Pro" and r.condition == "misaligned")
    95.28
    """
    return tuple(
        ReportedResult(row["source"], row["model"], row["condition"], row["prompt"], float(row["percent"]), row["note"])
        for row in _rows("reported_results.csv")
    )


@cache
def reported_attention() -> tuple[ReportedAttention, ...]:
    """Read the numbers about attention in the paper's text; its figures 9, 10, 16 and 18 are not read off.

    >>> [r.value for r in reported_attention() if r.measure == "text_percent"]
    [81.29, 56.29]
    """
    return tuple(
        ReportedAttention(row["source"], row["model"], row["measure"], float(row["value"]), row["note"])
        for row in _rows("reported_attention.csv")
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader((files("mma_cards") / name).read_text(encoding="utf-8").splitlines())
