"""The tables of a board, before they are HTML, Markdown or a terminal's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mma_accuracy.outcomes import ABSENT
from mma_bench.benchmark.prompts import PROMPTS
from mma_eval.leaderboard.board import Ranked, Section
from mma_eval.leaderboard.rules import MAX_ERROR_SHARE, REQUIRED_CONDITIONS, SCORE, SCORE_CONDITION
from mma_eval.report.page import Row, Table
from mma_eval.scoring.metrics import MetricsCell

_PAIRS = ("both", "follows_video", "follows_audio")
_ASKED = {"visual": "picture", "audio": "sound"}


@dataclass(frozen=True)
class Cell:
    """What stands in a table, and what it is sorted by."""

    text: str
    detail: str = ""
    value: float | None = None
    """None sorts by the text."""
    span: tuple[float, float] | None = None
    """An interval to draw, in percent."""


@dataclass(frozen=True)
class BoardTable:
    """A table that readers can sort; the column `model` names its rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str
    notes: Sequence[str] = ()
    folded: bool = False

    def kind(self, column: int) -> str:
        """What a column holds: model, rank, text or number."""
        name, cells = self.columns[column], [row[column] for row in self.rows]
        if name in ("model", "rank"):
            return name
        return "text" if any(cell.text and cell.value is None for cell in cells) else "number"


def ranking(section: Section) -> BoardTable:
    """Score, the conflict, and the clip as it was recorded."""
    columns = [
        "rank",
        "model",
        "score",
        *(heading(SCORE_CONDITION, prompt) for prompt in PROMPTS),
        *(name.replace("_", " ") for name in _PAIRS),
        *(heading(c, p) for c in REQUIRED_CONDITIONS if c != SCORE_CONDITION for p in PROMPTS),
        "no answer",
    ]
    rows = [[*_head(ranked), *_conflict(ranked), *_required(ranked), _unanswered(ranked)] for ranked in section.ranked]
    chance = 100 / len(section.reference.classes)
    return BoardTable(
        f"{section.title}: ranking",
        columns,
        rows,
        f"In %, {section.reference.clips:,} clips, chance {chance:.1f}. Score: {SCORE}. Beside numbers: 95 % Wilson "
        "intervals, a clip counts once. Beside a rank: the ranks that the answers do not rule out (95 % bootstrap of "
        "the differences, clips resampled, not corrected for their number). Both: right about the picture and about "
        "the sound; follows video, follows audio: both questions answered by one sense. No answer: counted as wrong; "
        f"at most {100 * MAX_ERROR_SHARE:g} % may have failed otherwise than by an empty answer.",
    )


def other_conditions(section: Section) -> BoardTable:
    """Every other condition of the dataset, blank where it was not asked."""
    conditions = [name for name in section.reference.conditions if name not in REQUIRED_CONDITIONS]
    asked = [(condition, prompt) for condition in conditions for prompt in PROMPTS]
    rows = [
        [_model(ranked), *(_accuracy(ranked.entry.cell(condition, prompt)) for condition, prompt in asked)]
        for ranked in section.ranked
    ]
    return BoardTable(
        f"{section.title}: other conditions",
        ["model", *(heading(condition, prompt) for condition, prompt in asked)],
        rows,
        "Accuracy in %, blank where it was not asked. * What is asked about is absent: how often the class that was "
        "removed is named, which is not right.",
    )


def plain_table(table: BoardTable) -> Table:
    """The same for Markdown."""
    rows = [Row([f"{cell.text} [{cell.detail}]" if cell.detail else cell.text for cell in row]) for row in table.rows]
    return Table(table.title, table.columns, rows, table.caption, table.notes)


def heading(condition: str, prompt: str) -> str:
    """Of a column.

    >>> heading("frames_zeroed", "visual"), heading("aligned", "audio")
    ('frames zeroed, picture*', 'aligned, sound')
    """
    return f"{condition.replace('_', ' ')}, {_ASKED[prompt]}{'*' if (condition, prompt) in ABSENT else ''}"


def _head(ranked: Ranked) -> Iterator[Cell]:
    entry = ranked.entry
    span = f"{ranked.best}-{ranked.worst}" if ranked.best < ranked.worst else ""
    yield Cell(str(ranked.rank), span, ranked.rank)
    yield _model(ranked)
    low, high = (100 * end for end in entry.interval)
    yield Cell(f"{100 * entry.score:.1f}", f"{low:.1f}-{high:.1f}", entry.score, (low, high))


def _model(ranked: Ranked) -> Cell:
    entry = ranked.entry
    return Cell(entry.model, "; ".join((*([entry.name] if entry.name != entry.model else []), *entry.marks)))


def _conflict(ranked: Ranked) -> Iterator[Cell]:
    for prompt in PROMPTS:
        yield _accuracy(ranked.entry.cell(SCORE_CONDITION, prompt))
    pair = ranked.entry.pair(SCORE_CONDITION)
    for name in _PAIRS:
        yield Cell("") if pair is None else Cell(f"{100 * pair.outcomes[name]:.1f}", value=pair.outcomes[name])


def _required(ranked: Ranked) -> Iterator[Cell]:
    for condition in REQUIRED_CONDITIONS:
        if condition != SCORE_CONDITION:
            yield from (_accuracy(ranked.entry.cell(condition, prompt)) for prompt in PROMPTS)


def _unanswered(ranked: Ranked) -> Cell:
    return Cell(f"{ranked.entry.errors:,}", value=ranked.entry.errors)


def _accuracy(cell: MetricsCell | None) -> Cell:
    if cell is None:
        return Cell("")
    interval = f"{100 * cell.ci_low:.1f}-{100 * cell.ci_high:.1f}"
    return Cell(f"{100 * cell.accuracy:.1f}", interval, cell.accuracy)
