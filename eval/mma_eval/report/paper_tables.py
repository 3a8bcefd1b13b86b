"""Fill in the paper's tables with measured results, beside the numbers that the paper reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mma_cards.reported import ReportedResult, reported_results
from mma_eval.report.page import Row, Table
from mma_eval.report.runs import Run
from mma_eval.scoring.metrics import MetricsCell


@dataclass(frozen=True)
class _Column:
    condition: str
    prompt: str
    reported_as: str
    """Name of the condition in the reported results."""
    heading: str


@dataclass(frozen=True)
class _PaperTable:
    title: str
    sources: tuple[str, ...]
    variant: str
    measure: Literal["accuracy", "abstained"]
    columns: tuple[_Column, ...]
    caption: str


def _column(condition: str, prompt: str, reported_as: str | None = None) -> _Column:
    return _Column(condition, prompt, reported_as or condition, f"{condition.replace('_', ' ')}, {prompt}")


_ABSENT = (
    "Where the modality asked about is absent (*), accuracy keeps the paper's meaning: the class of the clip, which "
    "only the other modality tells; abstaining would be right."
)
_TABLES = (
    _PaperTable(
        "Sight against sound",
        ("paper Table 3",),
        "plain",
        "accuracy",
        tuple(_column(c, p) for p in ("visual", "audio") for c in ("aligned", "misaligned")),
        "Accuracy in %, with 95 % Wilson intervals. Misaligned: the sound of a clip of another class.",
    ),
    _PaperTable(
        "One sense alone",
        ("paper Table 4", "paper Fig. 4/22 (bar labels)"),
        "plain",
        "accuracy",
        (
            _column("audio_removed", "visual"),
            _Column("frames_zeroed", "visual", "frames_zeroed", "frames zeroed, visual*"),
            _Column("audio_removed", "audio", "audio_removed", "audio removed, audio*"),
            _column("frames_zeroed", "audio"),
        ),
        f"Accuracy in %. {_ABSENT}",
    ),
    _PaperTable(
        "Text that distracts",
        ("paper Table 5", "paper Fig. 7/23 (bar labels)", "paper Fig. 8/24 (bar labels)"),
        "plain",
        "accuracy",
        tuple(_column(c, p) for c in ("misleading_caption", "long_context") for p in ("visual", "audio")),
        "Accuracy in %. A false caption before the question, or random letters after it.",
    ),
    _PaperTable(
        "Abstaining where there is nothing to see or hear",
        ("paper Table 10",),
        "abstain",
        "abstained",
        (
            _column("frames_zeroed", "visual", "frames_zeroed+abstain"),
            _column("audio_removed", "audio", "audio_removed+abstain"),
        ),
        '"None of the above" is offered; % of answers that abstain. More is better here.',
    ),
    _PaperTable(
        "Chain of thought",
        ("paper Table 11",),
        "cot",
        "accuracy",
        tuple(_column(c, p) for p in ("visual", "audio") for c in ("aligned", "misaligned")),
        "Accuracy in % when asked to think step by step.",
    ),
)

PLAIN_SOURCES = frozenset(source for table in _TABLES if table.variant == "plain" for source in table.sources)
"""The paper's tables and figures for the plain variant over all classes."""


def paper_tables(runs: Sequence[Run], *, comparable: bool) -> list[Table]:
    """Build each of the paper's tables for which the runs have results.

    Args:
        runs: runs on one dataset.
        comparable: True if the clips are recordings, as in the paper; otherwise its numbers get separate tables.
    """
    return [table for spec in _TABLES for table in _filled(spec, runs, comparable=comparable)]


def short_source(source: str) -> str:
    """Shorten a table or figure reference where the paper is clear from context.

    >>> short_source("paper Fig. 4/22 (bar labels)")
    'Fig. 4/22'
    """
    return source.removeprefix("paper ").removesuffix(" (bar labels)")


def _filled(spec: _PaperTable, runs: Sequence[Run], *, comparable: bool) -> list[Table]:
    measured = [row for run in runs if (row := _measured(spec, run)) is not None]
    if not measured:
        return []
    reported, notes = _reported(spec)
    columns = ["model", *(c.heading for c in spec.columns)]
    source = " and ".join(short_source(s) for s in spec.sources)
    if comparable:
        caption = f"{spec.caption} Rows in italics: as reported in the paper ({source})."
        return [Table(spec.title, columns, [*measured, *reported], caption, notes)]
    return [
        Table(spec.title, columns, measured, spec.caption),
        Table(
            f"{spec.title}: what the paper reports",
            columns,
            reported,
            f"{source}, on recordings from AudioSet: not comparable with results on drawn clips.",
            notes,
            folded=True,
        ),
    ]


def _measured(spec: _PaperTable, run: Run) -> Row | None:
    cells = [run.cell(c.condition, c.prompt, spec.variant) for c in spec.columns]
    if not any(cells):
        return None
    return Row([run.name, *("" if cell is None else _value(cell, spec.measure) for cell in cells)])


def _value(cell: MetricsCell, measure: str) -> str:
    if measure == "accuracy":
        return f"{100 * cell.accuracy:.1f} [{100 * cell.ci_low:.1f}, {100 * cell.ci_high:.1f}]"
    return f"{100 * cell.outcomes[measure]:.1f}"


def _reported(spec: _PaperTable) -> tuple[list[Row], list[str]]:
    found = [r for r in reported_results() if r.source in spec.sources]
    notes: list[str] = []
    rows = []
    for model in dict.fromkeys(r.model for r in found):
        by_cell = {(r.condition, r.prompt): r for r in found if r.model == model}
        cells = [_marked(by_cell.get((c.reported_as, c.prompt)), notes) for c in spec.columns]
        if any(cells):
            rows.append(Row([model, *cells], "reported"))
    return rows, notes


def _marked(result: ReportedResult | None, notes: list[str]) -> str:
    """Format a reported number with its footnote number, adding its note to `notes`."""
    if result is None:
        return ""
    if not result.note:
        return f"{result.percent:g}"
    if result.note not in notes:
        notes.append(result.note)
    return f"{result.percent:g} ({notes.index(result.note) + 1})"
