"""The reported numbers are those of the paper."""

import csv
import doctest
from pathlib import Path

from mma_cards import reported
from mma_cards.reported import reported_attention, reported_results


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


def test_what_is_said_about_attention_is_in_the_papers_text(shared: Path) -> None:
    paper = (shared / "reference" / "mma_bench_paper.txt").read_text(encoding="utf-8")
    said = paper[paper.index("Finding 1: Textual") : paper.index("5. Experiments")]
    words = {
        "text_percent": "{value:.2f}%",
        "peak_layer_video": "layer {value:.0f} for video",
        "peak_layer_audio": "{value:.0f} for audio",
    }
    assert len(reported_attention()) == 4
    for number in reported_attention():
        assert words[number.measure].format(value=number.value) in said
        assert number.model in said


def test_the_examples_are_true() -> None:
    assert doctest.testmod(reported).failed == 0
