"""Write leaderboard.json, leaderboard.md and leaderboard.html."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from mma_bench.core.files import write_text
from mma_bench.core.records import write_record
from mma_eval.leaderboard.board import Section, leaderboard_record
from mma_eval.leaderboard.rules import MARKS, SCORE_CONDITION
from mma_eval.leaderboard.tables import every_reported_number, other_conditions, plain_table, ranking, reported_overview
from mma_eval.report.pictures.charts import in_words, stacked_bars
from mma_eval.report.rendering import page_environment
from mma_eval.scoring.results import reported

_MAX_LABEL = 38


def write_board(sections: Sequence[Section], out: Path) -> Path:
    """Write a board into the folder `out` and return the path of the self-contained HTML file."""
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


def _pair_bars(section: Section) -> tuple[Markup, str]:
    """Draw the joint outcomes of both prompts under the score condition, and describe them in words."""
    pairs = [(ranked.entry.model, ranked.entry.pair(SCORE_CONDITION)) for ranked in section.ranked]
    bars = [
        (model if len(model) <= _MAX_LABEL else f"{model[: _MAX_LABEL - 1]}…", pair.outcomes)
        for model, pair in pairs
        if pair is not None
    ]
    return Markup(stacked_bars(bars, "Who is followed")), in_words(bars)
