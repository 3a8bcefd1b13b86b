"""Numbers that the paper reports, with their sources, for comparison with measured ones."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class ReportedCount:
    """A clip count from the paper's funnel, with its source in the paper."""

    clips: int
    source: str


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """An accuracy reported by the paper or its site."""

    source: str
    """Table or figure in which the result is reported."""
    model: str
    condition: str
    """Benchmark condition, possibly with a suffix, as in "frames_zeroed+abstain" and "aligned (seen classes)"."""
    prompt: str
    """Modality of the question, visual or audio; empty for results on another benchmark."""
    percent: float
    note: str
    """Remark on the result, such as a conflicting number elsewhere; may be empty."""


@dataclass(frozen=True, slots=True)
class ReportedAttention:
    """An attention statistic reported by the paper."""

    source: str
    """Section of the paper that reports the statistic."""
    model: str
    measure: str
    """text_percent: share of attention on text, in %; peak_layer_video, peak_layer_audio: layer with the largest
    Cohen's d, counted from 1."""
    value: float
    note: str
    """Qualification of the value, such as a detail that the paper leaves open; may be empty."""


@cache
def reported_funnel() -> Mapping[tuple[str, str], ReportedCount]:
    """Read the paper's clip counts, keyed by funnel step and AudioSet list.

    >>> reported_funnel()["fetched", "eval"].clips
    3518
    """
    rows = _rows("reported_funnel.csv")
    return {(row["step"], row["list"]): ReportedCount(int(row["clips"]), row["source"]) for row in rows}


@cache
def reported_results() -> tuple[ReportedResult, ...]:
    """Read all accuracies reported by the paper and its site.

    >>> next(r.percent for r in reported_results() if r.model == "Gemini-2.5-Pro" and r.condition == "misaligned")
    95.28
    """
    return tuple(ReportedResult(**row | {"percent": float(row["percent"])}) for row in _rows("reported_results.csv"))


@cache
def reported_attention() -> tuple[ReportedAttention, ...]:
    """Read the attention statistics stated in the paper's text; Figures 9, 10, 16 and 18 are not digitised.

    >>> [r.value for r in reported_attention() if r.measure == "text_percent"]
    [81.29, 56.29]
    """
    return tuple(ReportedAttention(**row | {"value": float(row["value"])}) for row in _rows("reported_attention.csv"))


def _rows(name: str) -> Iterator[dict[str, Any]]:
    return csv.DictReader((files("mma_cards") / name).read_text(encoding="utf-8").splitlines())
