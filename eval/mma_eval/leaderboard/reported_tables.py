"""What the paper and its site report, as tables of their own: another set of clips, and no intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_eval.leaderboard.rules import REQUIRED_CONDITIONS, SCORE_CONDITION
from mma_eval.leaderboard.tables import BoardTable, Cell, heading
from mma_eval.report.paper_tables import PLAIN_SOURCES, short_source
from mma_eval.scoring.results import Result, footnotes

_ByCell = Mapping[tuple[str, str], Result]


def reported_overview(results: Sequence[Result]) -> BoardTable:
    """A row per model with the conditions of the benchmark, asked plainly."""
    plain = [r for r in results if r.source in PLAIN_SOURCES]
    notes = footnotes(plain)
    models = {
        model: {(r.condition, r.prompt): r for r in plain if r.model == model}
        for model in dict.fromkeys(r.model for r in plain)
    }
    first = [SCORE_CONDITION, *(name for name in REQUIRED_CONDITIONS if name != SCORE_CONDITION)]
    asked = [(c, p) for c in dict.fromkeys((*first, *CONDITIONS)) for p in PROMPTS]
    ordered = sorted(models.items(), key=lambda item: -(_score(item[1]) or 0.0))
    rows = [
        [
            Cell(model),
            _number(_score(found), ""),
            *(_cell(found.get(key), notes) for key in asked),
            Cell(", ".join(dict.fromkeys(short_source(r.source) for r in found.values()))),
        ]
        for model, found in ordered
    ]
    return BoardTable(
        "As the paper reports",
        ["model", "score", *(heading(c, p) for c, p in asked), "source"],
        rows,
        "Accuracy in % on recordings from AudioSet as the authors had them: not to be ranked with the entries above. "
        "Score: the mean of both questions under misaligned. No intervals were published.",
        notes,
    )


def every_reported_number(results: Sequence[Result]) -> BoardTable:
    """A row per number, with its source."""
    notes = footnotes(results)
    rows = [
        [
            Cell(r.model),
            Cell(r.condition),
            Cell(r.prompt),
            _cell(r, notes),
            Cell(r.source),
        ]
        for r in results
    ]
    columns = ["model", "condition", "asked about", "%", "source"]
    caption = "As published; AVHBench's are of another benchmark."
    return BoardTable("Every number that the paper and its site report", columns, rows, caption, notes, folded=True)


def _score(found: _ByCell) -> float | None:
    both = [found[SCORE_CONDITION, prompt].percent for prompt in PROMPTS if (SCORE_CONDITION, prompt) in found]
    return fmean(both) if len(both) == len(PROMPTS) else None


def _cell(result: Result | None, notes: Sequence[str]) -> Cell:
    if result is None:
        return Cell("")
    return _number(result.percent, f"note {notes.index(result.note) + 1}" if result.note else "")


def _number(percent: float | None, detail: str) -> Cell:
    return Cell("") if percent is None else Cell(f"{percent:.4g}", detail, percent)
