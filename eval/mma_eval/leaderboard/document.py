"""leaderboard.json: the board as data.

schema          1
mma_bench       version of the program that wrote it
score           what entries are ranked by, in words
marks           what each mark means
sections        one per dataset; scores are comparable within a section only
  dataset_digest, source ("synthetic" or "recordings"), split, classes, clips
  entries       best first
    rank        1 is best; equal scores share a rank
    rank_best, rank_worst   the ranks that the answers do not rule out, at 95 %
    name, model the submission and what answered
    score, score_low, score_high   the main score with its 95 % interval, 0 to 1
    questions, errors   how many count, and how many of them failed
    marks       names of marks
    cells, pairs    as in metrics.json, of the questions that count
    run         how it was made: chosen fields of run.json, as text
reported        what the paper and its site report
  model, condition, prompt, percent, source, clips, note
"""

from __future__ import annotations

from typing import Any

from mma_bench import __version__
from mma_eval.leaderboard.board import Board, Ranked, Section
from mma_eval.leaderboard.rules import MARKS, SCORE, SPLIT

SCHEMA = 1


def board_as_json(board: Board) -> dict[str, Any]:
    """The content of leaderboard.json."""
    return {
        "schema": SCHEMA,
        "mma_bench": __version__,
        "score": SCORE,
        "marks": dict(MARKS),
        "sections": [_section(section) for section in board.sections],
        "reported": [
            {
                "model": r.model,
                "condition": r.condition,
                "prompt": r.prompt,
                "percent": r.percent,
                "source": r.source,
                "clips": r.clips,
                "note": r.note,
            }
            for r in board.reported
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    reference = section.reference
    return {
        "dataset_digest": reference.digest,
        "source": "synthetic" if reference.drawn else "recordings",
        "split": SPLIT,
        "classes": list(reference.classes),
        "clips": reference.clips,
        "entries": [_entry(ranked) for ranked in section.ranked],
    }


def _entry(ranked: Ranked) -> dict[str, Any]:
    entry = ranked.entry
    return {
        "rank": ranked.rank,
        "rank_best": ranked.best,
        "rank_worst": ranked.worst,
        "name": entry.name,
        "model": entry.model,
        "score": entry.score,
        "score_low": entry.interval[0],
        "score_high": entry.interval[1],
        "questions": sum(cell.n for cell in entry.cells),
        "errors": entry.errors,
        "marks": list(entry.marks),
        "cells": [cell.as_json() for cell in entry.cells],
        "pairs": [pair.as_json() for pair in entry.pairs],
        "run": dict(entry.run),
    }
