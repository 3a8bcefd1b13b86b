"""Fill in the paper's tables with measured results, beside the numbers that the paper reports."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from mma_accuracy.outcomes import ABSENT
from mma_bench.benchmark.prompts import PROMPTS
from mma_cards.reported import ReportedResult, reported_results
from mma_eval.report.page import Row, Table
from mma_eval.report.runs import Run
from mma_eval.scoring.metrics import MetricsCell


class _PaperTable(NamedTuple):
    title: str
    sources: tuple[str, ...]
    variant: str
    """The variant `abstain` is measured by the share of abstentions, the others by accuracy."""
    columns: Sequence[tuple[str, str]]
    """Condition and prompt of each column."""
    caption: str


_ABSENT = (
    "Where the modality asked about is absent (*), accuracy keeps the paper's meaning: the class of the clip, which "
    "only the other modality tells; abstaining would be right."
)
_CONFLICT = [(condition, prompt) for prompt in PROMPTS for condition in ("aligned", "misaligned")]
_TABLES = (
    _PaperTable(
        "Sight against sound",
        ("paper Table 3",),
        "plain",
        _CONFLICT,
        "Accuracy in %, with 95 % Wilson intervals. Misaligned: the sound of a clip of another class.",
    ),
    _PaperTable(
        "One sense alone",
        ("paper Table 4", "paper Fig. 4/22 (bar labels)"),
        "plain",
        [(condition, prompt) for prompt in PROMPTS for condition in ("audio_removed", "frames_zeroed")],
        f"Accuracy in %. {_ABSENT}",
    ),
    _PaperTable(
        "Text that distracts",
        ("paper Table 5", "paper Fig. 7/23 (bar labels)", "paper Fig. 8/24 (bar labels)"),
        "plain",
        list(product(("misleading_caption", "long_context"), PROMPTS)),
        "Accuracy in %. A false caption before the question, or random letters after it.",
    ),
    _PaperTable(
        "Abstaining where there is nothing to see or hear",
        ("paper Table 10",),
        "abstain",
        [("frames_zeroed", "visual"), ("audio_removed", "audio")],
        '"None of the above" is offered; % of answers that abstain. More is better here.',
    ),
    _PaperTable(
        "Chain of thought",
        ("paper Table 11",),
        "cot",
        _CONFLICT,
        "Accuracy in % when asked to think step by step.",
    ),
)

PLAIN_SOURCES = frozenset(source for table in _TABLES if table.variant == "plain" for source in table.sources)
"""The paper's tables and figures for the plain variant over all classes."""


def paper_tables(runs: Sequence[Run], *, comparable: bool) -> list[Table]:
    """Build each of the paper's tables for which runs on one dataset have results.

    If the clips are not recordings, `comparable` is False and the paper's numbers get separate tables.
    """
    return [table for spec in _TABLES for table in _filled(spec, runs, comparable=comparable)]


def short_source(source: str) -> str:
    """Shorten a table or figure reference where the paper is clear from context.

    >>> short_source("paper Fig. 4/22 (bar labels)")
    'Fig. 4/22'
    """
    return source.removeprefix("paper ").removesuffix(" (bar labels)")


def _filled(spec: _PaperTable, runs: Sequence[Run], *, comparable: bool) -> list[Table]:
    measured = []
    for run in runs:
        cells = [run.cell(condition, prompt, spec.variant) for condition, prompt in spec.columns]
        if any(cells):
            measured.append(Row([run.name, *("" if cell is None else _value(cell) for cell in cells)]))
    if not measured:
        return []
    reported, notes = _reported(spec)
    starred = () if spec.variant == "abstain" else ABSENT
    columns = ["model", *(f"{c.replace('_', ' ')}, {p}{'*' if (c, p) in starred else ''}" for c, p in spec.columns)]
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


def _value(cell: MetricsCell) -> str:
    if cell.variant == "abstain":
        return f"{100 * cell.outcomes['abstained']:.1f}"
    return f"{100 * cell.accuracy:.1f} [{100 * cell.ci_low:.1f}, {100 * cell.ci_high:.1f}]"


def _reported(spec: _PaperTable) -> tuple[list[Row], list[str]]:
    found = [r for r in reported_results() if r.source in spec.sources]
    suffix = "+abstain" if spec.variant == "abstain" else ""
    notes: list[str] = []
    rows = []
    for model in dict.fromkeys(r.model for r in found):
        by_cell = {(r.condition, r.prompt): r for r in found if r.model == model}
        cells = [_marked(by_cell.get((f"{condition}{suffix}", prompt)), notes) for condition, prompt in spec.columns]
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
