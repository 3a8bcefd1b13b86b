"""Every hard answer is read as a careful person reads it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mma_accuracy.reading import Reading, read_answer

FILES = ("first", "answers", "more")
GALLERY: list[dict[str, Any]] = [
    json.loads(line)
    for name in FILES
    for line in (Path(__file__).parent / "gallery" / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]


def said(reading: Reading) -> str:
    names = {"abstained": "ABSTAINED", "unrecognised": "UNRECOGNISED", "no_answer": "NO ANSWER"}
    return reading.class_name or names[reading.kind]


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in GALLERY}))
def test_answers_of_a_kind_are_read_as_judged(kind: str) -> None:
    rows = [row for row in GALLERY if row["kind"] == kind]
    wrong = [
        (row["answer"], row["reading"], said(found), found.why)
        for row in rows
        for found in [read_answer(row["answer"] and row["answer"] * row.get("repeat", 1), row["options"])]
        if said(found) != row["reading"]
    ]
    assert not wrong


def test_there_are_enough_of_each_kind() -> None:
    counts = Counter(row["kind"] for row in GALLERY)
    assert counts.total() >= 200
    assert len(counts) >= 15
    assert min(counts.values()) >= 10


def test_every_judgement_is_one_of_the_options_or_a_known_word() -> None:
    for row in GALLERY:
        assert row["reading"] in (*row["options"], "ABSTAINED", "UNRECOGNISED", "NO ANSWER"), row
