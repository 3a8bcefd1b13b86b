"""From run folders to leaderboard.json, leaderboard.md and leaderboard.html."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text
from mma_eval.leaderboard.board import Board, Section, make_board
from mma_eval.leaderboard.document import board_as_json
from mma_eval.leaderboard.entry import Entry
from mma_eval.leaderboard.reference import read_reference
from mma_eval.leaderboard.reported_tables import every_reported_number, reported_overview
from mma_eval.leaderboard.review import Refused, review
from mma_eval.leaderboard.rules import MARKS, SCORE_CONDITION
from mma_eval.leaderboard.submission import find_runs
from mma_eval.leaderboard.tables import other_conditions, plain_table, ranking
from mma_eval.report.pictures.bars import in_words, stacked_bars
from mma_eval.report.rendering import page_environment

_LONGEST_LABEL = 38


@dataclass(frozen=True)
class Reviewed:
    """Runs that were handed in, judged."""

    entries: Sequence[Entry]
    refused: Sequence[Refused]


def review_all(runs: Sequence[Path], data: Sequence[str]) -> Reviewed:
    """Check runs against the datasets that they were run on.

    Args:
        runs: run folders, or folders of run folders.
        data: built folders, or datasets on the Hub; each run is checked against the one of its digest.

    Raises:
        OptionsError: there is no run, or no dataset.
        DataFolderError: a dataset cannot be had.
    """
    found = find_runs(runs)
    if found and not data:
        raise OptionsError("--data is missing: the dataset that the runs answer")
    references = [read_reference(where) for where in data] if found else []
    judged = [review(folder, name, references) for name, folder in found.items()]
    entries = [one for one in judged if isinstance(one, Entry)]
    return Reviewed(entries, [one for one in judged if isinstance(one, Refused)])


def write_board(board: Board, out: Path) -> Path:
    """Write a board into the folder `out` and return the HTML file, which holds everything it needs."""
    html, markdown = (page_environment(html=html, package="mma_eval.leaderboard") for html in (True, False))
    html.filters["plain"] = markdown.filters["plain"] = plain_table
    html.globals["pairs"] = _pair_bars
    content = {
        "board": board,
        "sections": [(section, [ranking(section), other_conditions(section)]) for section in board.sections],
        "reported": [reported_overview(board.reported), every_reported_number(board.reported)],
        "marks": MARKS,
    }
    document = json.dumps(board_as_json(board), indent=1, ensure_ascii=False, allow_nan=False)
    write_text(out / "leaderboard.json", document + "\n")
    write_text(out / "leaderboard.md", markdown.get_template("leaderboard.md.jinja").render(content))
    page = out / "leaderboard.html"
    write_text(page, html.get_template("leaderboard.html.jinja").render(content))
    return page


def write_leaderboard(runs: Sequence[Path], data: Sequence[str], out: Path) -> tuple[Board, Reviewed]:
    """Check runs, rank those that are accepted, and write the board.

    Args:
        runs: run folders, or folders of run folders; none gives the paper's numbers alone.
        data: built folders, or datasets on the Hub.
        out: the folder to write.

    Raises:
        MMABenchError: there is no run in the folders given, or a dataset cannot be had.
    """
    reviewed = review_all(runs, data)
    board = make_board(reviewed.entries)
    write_board(board, out)
    return board, reviewed


def _pair_bars(section: Section) -> tuple[Markup, str]:
    """What both answers about a row mean together where sight and sound conflict, drawn and in words."""
    pairs = [(ranked.entry.model, ranked.entry.pair(SCORE_CONDITION)) for ranked in section.ranked]
    bars = [(_label(model), pair.outcomes) for model, pair in pairs if pair is not None]
    return Markup(stacked_bars(bars, "Who is followed")), in_words(bars)


def _label(model: str) -> str:
    return model if len(model) <= _LONGEST_LABEL else f"{model[: _LONGEST_LABEL - 1]}…"
