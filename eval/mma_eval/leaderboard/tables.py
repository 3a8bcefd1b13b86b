"""Build the tables of the leaderboard, and write leaderboard.json, leaderboard.md and leaderboard.html."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product, starmap
from pathlib import Path
from statistics import fmean

from markupsafe import Markup

from mma_accuracy.outcomes import ABSENT
from mma_accuracy.reading import READING
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.files import write_text
from mma_bench.core.records import write_record
from mma_eval.leaderboard.board import Ranked, Section, leaderboard_record
from mma_eval.leaderboard.entry import Entry
from mma_eval.leaderboard.rules import MARKS, MAX_ERROR_SHARE, REQUIRED_CONDITIONS, SCORE, SCORE_CONDITION
from mma_eval.report.page import Row, Table
from mma_eval.report.paper_tables import PLAIN_SOURCES, short_source
from mma_eval.report.pictures.charts import in_words, stacked_bars
from mma_eval.report.write import page_environment
from mma_eval.scoring.results import Result, footnotes, reported

_PAIR_OUTCOMES = ("both", "follows_video", "follows_audio")
_MAX_LABEL = 38
_STREAM_NAMES = {"visual": "picture", "audio": "sound"}


@dataclass(frozen=True)
class Cell:
    """A table cell with its sort key."""

    text: str
    detail: str = ""
    """Small print after the text, such as an interval."""
    value: float | None = None
    """Sort key; None sorts by the text."""
    span: tuple[float, float] | None = None
    """Interval to draw, in percent."""


@dataclass(frozen=True)
class BoardTable:
    """A sortable table; the column `model` labels its rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str
    notes: Sequence[str] = ()
    folded: bool = False
    """True if collapsed until a reader opens the table."""

    def kind(self, column: int) -> str:
        """Return the kind of a column: model, rank, text or number."""
        name, cells = self.columns[column], [row[column] for row in self.rows]
        if name in ("model", "rank"):
            return name
        return "text" if any(cell.text and cell.value is None for cell in cells) else "number"


def write_board(sections: Sequence[Section], out: Path) -> Path:
    """Write the leaderboard's three files into the folder `out` and return the path of the HTML file."""
    html, markdown = (page_environment(html=html, package="mma_eval.leaderboard") for html in (True, False))
    html.filters["plain"] = markdown.filters["plain"] = plain_table
    html.globals["pairs"] = _pair_bars
    results = list(reported())
    content = {
        "sections": [(section, [ranking(section), other_conditions(section)]) for section in sections],
        "reported": [reported_overview(results), every_reported_number(results)],
        "marks": MARKS,
    }
    write_record(out / "leaderboard.json", leaderboard_record(sections))
    write_text(out / "leaderboard.md", markdown.get_template("leaderboard.md.jinja").render(content))
    page = out / "leaderboard.html"
    write_text(page, html.get_template("leaderboard.html.jinja").render(content))
    return page


def ranking(section: Section) -> BoardTable:
    """Build the ranking, with scores under the required conditions."""
    conflict = list(product((SCORE_CONDITION,), PROMPTS))
    others = list(product((c for c in REQUIRED_CONDITIONS if c != SCORE_CONDITION), PROMPTS))
    attributed = any(cell.n_attributed for ranked in section.ranked for cell in ranked.entry.cells)
    cut_off = any(_cut_off(ranked.entry) for ranked in section.ranked)
    columns = [
        *("rank", "model", "score"),
        *(["without attributed"] if attributed else []),
        *starmap(heading, conflict),
        *(name.replace("_", " ") for name in _PAIR_OUTCOMES),
        *starmap(heading, others),
        "no answer",
        *(["cut off"] if cut_off else []),
    ]
    rows = [
        [
            *_head(ranked),
            *([_without_attributed(ranked.entry)] if attributed else []),
            *_accuracies(ranked.entry, conflict),
            *_pair_outcomes(ranked.entry),
            *_accuracies(ranked.entry, others),
            Cell(f"{ranked.entry.errors:,}", value=ranked.entry.errors),
            *([Cell(f"{_cut_off(ranked.entry):,}", value=_cut_off(ranked.entry))] if cut_off else []),
        ]
        for ranked in section.ranked
    ]
    chance = 100 / len(section.reference.classes)
    return BoardTable(
        f"{section.title}: ranking",
        columns,
        rows,
        f"In %, {section.reference.clips:,} clips, chance {chance:.1f}. Score: {SCORE}. Beside numbers: 95 % Wilson "
        "intervals, a clip counts once. Beside a rank: the ranks that the answers do not rule out (95 % bootstrap of "
        "the differences, clips resampled, not corrected for their number). Both: right about the picture and about "
        "the sound; follows video, follows audio: both questions answered by one sense. No answer: counted as wrong; "
        f"at most {100 * MAX_ERROR_SHARE:g} % may have failed. All answers are "
        f"read by version {READING} of the rules."
        + (
            " Without attributed: the score if answers that name a class of each sense, and say which is which, "
            "counted as unreadable; beside it, how many there are."
            if attributed
            else ""
        )
        + (
            " Cut off: answers that reached the limit of tokens; what they had not announced is wrong."
            if cut_off
            else ""
        ),
    )


def other_conditions(section: Section) -> BoardTable:
    """Build the table of scores under the other conditions; a cell is blank if the run did not ask it."""
    asked = list(product((c for c in section.reference.conditions if c not in REQUIRED_CONDITIONS), PROMPTS))
    return BoardTable(
        f"{section.title}: other conditions",
        ["model", *starmap(heading, asked)],
        [[_model(ranked), *_accuracies(ranked.entry, asked)] for ranked in section.ranked],
        "Accuracy in %, blank where it was not asked. * What is asked about is absent: how often the class that was "
        "removed is named, which is not right.",
    )


def reported_overview(results: Sequence[Result]) -> BoardTable:
    """Build the table of the paper's plain-variant results, one row per model."""
    plain = [r for r in results if r.source in PLAIN_SOURCES]
    notes = footnotes(plain)
    models: dict[str, dict[tuple[str, str], Result]] = {}
    for r in plain:
        models.setdefault(r.model, {})[r.condition, r.prompt] = r
    asked = list(product(dict.fromkeys((SCORE_CONDITION, *REQUIRED_CONDITIONS, *CONDITIONS)), PROMPTS))
    ordered = sorted(models.items(), key=lambda item: -(_reported_score(item[1]) or 0.0))
    rows = [
        [
            Cell(model),
            _percent(_reported_score(found), ""),
            *(_reported(found.get(key), notes) for key in asked),
            Cell(", ".join(dict.fromkeys(short_source(r.source) for r in found.values()))),
        ]
        for model, found in ordered
    ]
    return BoardTable(
        "As the paper reports",
        ["model", "score", *starmap(heading, asked), "source"],
        rows,
        "Accuracy in % on recordings from AudioSet as the authors had them: not to be ranked with the entries above. "
        "Score: the mean of both questions under misaligned. No intervals were published.",
        notes,
    )


def every_reported_number(results: Sequence[Result]) -> BoardTable:
    """Build the table of all reported results, one row per number."""
    notes = footnotes(results)
    rows = [[Cell(r.model), Cell(r.condition), Cell(r.prompt), _reported(r, notes), Cell(r.source)] for r in results]
    columns = ["model", "condition", "asked about", "%", "source"]
    caption = "As published; AVHBench's are of another benchmark."
    return BoardTable("Every number that the paper and its site report", columns, rows, caption, notes, folded=True)


def plain_table(table: BoardTable) -> Table:
    """Convert a board table to a report table for Markdown."""
    rows = [Row([f"{cell.text} [{cell.detail}]" if cell.detail else cell.text for cell in row]) for row in table.rows]
    return Table(table.title, table.columns, rows, table.caption, table.notes)


def heading(condition: str, prompt: str) -> str:
    """Format the column heading of a condition and prompt; * marks an absent modality.

    >>> heading("frames_zeroed", "visual"), heading("aligned", "audio")
    ('frames zeroed, picture*', 'aligned, sound')
    """
    return f"{condition.replace('_', ' ')}, {_STREAM_NAMES[prompt]}{'*' if (condition, prompt) in ABSENT else ''}"


def _pair_bars(section: Section) -> tuple[Markup, str]:
    """Draw the joint outcomes of both prompts under the score condition, and describe them in words."""
    pairs = [(ranked.entry.model, ranked.entry.pair(SCORE_CONDITION)) for ranked in section.ranked]
    bars = [
        (model if len(model) <= _MAX_LABEL else f"{model[: _MAX_LABEL - 1]}…", pair.outcomes)
        for model, pair in pairs
        if pair is not None
    ]
    return Markup(stacked_bars(bars, "Who is followed")), in_words(bars)


def _head(ranked: Ranked) -> Iterator[Cell]:
    entry = ranked.entry
    span = f"{ranked.best}-{ranked.worst}" if ranked.best < ranked.worst else ""
    yield Cell(str(ranked.rank), span, ranked.rank)
    yield _model(ranked)
    low, high = (100 * end for end in entry.interval)
    yield Cell(f"{100 * entry.score:.1f}", f"{low:.1f}-{high:.1f}", entry.score, (low, high))


def _without_attributed(entry: Entry) -> Cell:
    cells = [c for prompt in PROMPTS if (c := entry.cell(SCORE_CONDITION, prompt)) is not None]
    score = fmean(cell.accuracy_without_attributed or 0.0 for cell in cells)
    return Cell(f"{100 * score:.1f}", f"{sum(cell.n_attributed for cell in cells):,}", score)


def _cut_off(entry: Entry) -> int:
    return sum(cell.cut_off for cell in entry.cells)


def _model(ranked: Ranked) -> Cell:
    entry = ranked.entry
    return Cell(entry.model, "; ".join((*([entry.name] if entry.name != entry.model else []), *entry.marks)))


def _pair_outcomes(entry: Entry) -> list[Cell]:
    pair = entry.pair(SCORE_CONDITION)
    if pair is None:
        return [Cell("")] * len(_PAIR_OUTCOMES)
    return [Cell(f"{100 * pair.outcomes[name]:.1f}", value=pair.outcomes[name]) for name in _PAIR_OUTCOMES]


def _accuracies(entry: Entry, asked: Sequence[tuple[str, str]]) -> Iterator[Cell]:
    for condition, prompt in asked:
        cell = entry.cell(condition, prompt)
        if cell is None:
            yield Cell("")
        else:
            interval = f"{100 * cell.ci_low:.1f}-{100 * cell.ci_high:.1f}"
            yield Cell(f"{100 * cell.accuracy:.1f}", interval, cell.accuracy)


def _reported_score(found: Mapping[tuple[str, str], Result]) -> float | None:
    both = [found[SCORE_CONDITION, prompt].percent for prompt in PROMPTS if (SCORE_CONDITION, prompt) in found]
    return fmean(both) if len(both) == len(PROMPTS) else None


def _reported(result: Result | None, notes: Sequence[str]) -> Cell:
    if result is None:
        return Cell("")
    return _percent(result.percent, f"note {notes.index(result.note) + 1}" if result.note else "")


def _percent(percent: float | None, detail: str) -> Cell:
    return Cell("") if percent is None else Cell(f"{percent:.4g}", detail, percent)
