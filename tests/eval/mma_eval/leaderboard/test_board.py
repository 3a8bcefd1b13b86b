"""Ranks: by score within a dataset, never across datasets."""

from dataclasses import replace
from pathlib import Path

import pytest

from mma_cards.reported import reported_results
from mma_eval.leaderboard.board import leaderboard_record, ranked_sections
from mma_eval.leaderboard.entry import Entry, admit
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.tables import every_reported_number, reported_overview
from mma_eval.report.paper_tables import PLAIN_SOURCES
from mma_eval.scoring.results import reported


@pytest.fixture
def entry(run: Path, reference: Reference) -> Entry:
    found = admit(run, "tiny-omni", [reference])
    assert isinstance(found, Entry)
    return found


def scoring(entry: Entry, share: float, name: str) -> Entry:
    """Copy the entry with a share of its questions answered rightly."""
    keys = list(entry.right)
    right = {key: k < share * len(keys) for k, key in enumerate(keys)}
    return replace(entry, name=name, right=right, score=sum(right.values()) / len(keys))


def test_the_best_comes_first_and_equal_scores_share_a_rank(entry: Entry) -> None:
    entries = [scoring(entry, share, name) for name, share in [("c", 0.2), ("a", 0.5), ("d", 0.0), ("b", 0.5)]]
    (section,) = ranked_sections(entries)
    assert [(r.rank, r.entry.name) for r in section.ranked] == [(1, "a"), (1, "b"), (3, "c"), (4, "d")]


def test_a_rank_is_told_with_the_ranks_that_the_answers_do_not_rule_out(entry: Entry) -> None:
    entries = [scoring(entry, share, name) for name, share in [("a", 0.9), ("b", 0.88), ("c", 0.1)]]
    (section,) = ranked_sections(entries)
    assert [(r.best, r.worst) for r in section.ranked] == [(1, 2), (1, 2), (3, 3)]


def test_other_datasets_stand_in_other_sections_and_recordings_first(entry: Entry) -> None:
    recorded = replace(entry.reference, digest="1" * 64, drawn=False)
    entries = [scoring(entry, 0.9, "drawn"), replace(scoring(entry, 0.1, "recorded"), reference=recorded)]
    sections = ranked_sections(entries)
    assert [[(r.rank, r.entry.name) for r in s.ranked] for s in sections] == [[(1, "recorded")], [(1, "drawn")]]
    assert [s.source for s in leaderboard_record(sections).sections] == ["recordings", "synthetic"]


def test_every_reported_number_is_there_with_its_source() -> None:
    table = every_reported_number(tuple(reported()))
    assert [(row[0].text, row[1].text, row[3].value, row[4].text) for row in table.rows] == [
        (r.model, r.condition, r.percent, r.source) for r in reported_results()
    ]


def test_reported_contradictions_are_noted_where_the_number_stands() -> None:
    table = reported_overview(tuple(reported()))
    rows = {row[0].text: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    cell = rows["Qwen3-Omni-30B-Instruct"]["misaligned, picture"]
    assert cell.text == "83.73"
    assert table.notes[int(cell.detail.removeprefix("note ")) - 1].startswith("README table prints 76.68")
    assert rows["Gemini-2.5-Pro"]["score"].value == pytest.approx((95.28 + 24.95) / 2)
    assert rows["Gemini-2.5-Pro"]["source"].text == "Table 3, Fig. 4/22, Fig. 7/23, Fig. 8/24"


def test_a_reported_model_has_one_number_per_column_and_the_best_comes_first() -> None:
    plain = [(r.model, r.condition, r.prompt) for r in reported_results() if r.source in PLAIN_SOURCES]
    assert len(set(plain)) == len(plain)
    scores = [row[1].value or 0.0 for row in reported_overview(tuple(reported())).rows]
    assert scores == sorted(scores, reverse=True)
