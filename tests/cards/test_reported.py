"""What the paper reports is kept as it reports it."""

from __future__ import annotations

import csv
import doctest
from pathlib import Path

from mma_cards import reported
from mma_cards.reported import reported_results


def test_every_number_is_that_of_the_source(shared: Path) -> None:
    with (shared / "reference" / "reported_results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ours = [(r.source, r.model, r.condition, r.prompt, r.percent, r.note) for r in reported_results()]
    assert ours == [
        (r["source"], r["model"], r["condition"], r["prompt"], float(r["percent"]), r["note"]) for r in rows
    ]
    assert len(ours) > 140


def test_contradictions_are_noted() -> None:
    notes = {(r.model, r.condition): r.note for r in reported_results() if r.prompt == "visual" and r.note}
    assert "76.68" in notes["Qwen3-Omni-30B-Instruct", "misaligned"]
    assert "copy" in notes["VideoLLaMA2", "long_context"]


def test_the_examples_are_true() -> None:
    assert doctest.testmod(reported).failed == 0
