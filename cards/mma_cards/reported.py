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
