"""Lay out the tab with the results of the paper, of tiny-omni and of the runs on this machine."""

from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Record, Text, parse_json
from mma_eval.run.record import RUN, read_run
from mma_eval.scoring.metrics import Metrics, read_metrics
from mma_eval.scoring.results import Result, chosen, conditions_of, footnotes, measured, reported
from mma_space.page.rendering import accuracy_html, followed_html, footnotes_html
from mma_space.space import Space

_HEADERS = ["model", "condition", "about", "accuracy %", "95 % interval", "clips", "source", "note"]
_TYPES = ["str", "str", "str", "number", "str", "str", "str", "str"]
_ALL = "all"


class MeasuredResults(Record):
    """Content of measured.json: metrics of tiny-omni's runs on a large dataset, without and with its adapter."""

    source: Text
    """Description of how the metrics were measured."""
    runs: dict[str, Metrics]
    """Content of each run's metrics.json, by name of model and adapter."""


def all_results(runs: Path) -> tuple[list[Result], list[str]]:
    """Collect shipped results and those of the runs in a folder, if it exists; return a message per unreadable run."""
    found: list[Result] = []
    problems: list[str] = []
    for record in sorted(runs.glob(f"*/{RUN}")):
        try:
            run = read_run(record.parent)
            found += measured(run.name, read_metrics(record.parent, run), f"runs/{record.parent.name}")
        except (MMABenchError, OSError, ValueError, KeyError, TypeError):
            problems.append(f"{record.parent.name}: not a complete run; score it with `mma-bench score` to see why")
    content = parse_json((files("mma_space") / "data" / "measured.json").read_bytes())
    stored = MeasuredResults.from_json(content, where="measured.json", made_by="mma-bench eval")
    for name, metrics in stored.runs.items():
        found += measured(name, metrics, stored.source)
    return [*found, *reported()], problems


def results_tab(space: Space) -> None:
    """Lay out the tab; every choice of the visitor reads the runs again."""
    import gradio as gr

    conditions = [_ALL, *conditions_of(all_results(space.settings.runs)[0])]
    gr.Markdown(
        "What the paper and its site report, what tiny-omni gave on drawn clips, and the runs of this machine. Numbers "
        "from drawn clips and from recordings are not to be ranked together."
    )
    with gr.Row():
        condition = gr.Dropdown(conditions, value="misaligned", label="Condition", elem_id="of")
        prompt = gr.Radio(
            [("both", _ALL), ("the picture", "visual"), ("the sound", "audio")],
            value="audio",
            label="Asked about",
            elem_id="about-what",
        )
    shown = _shown(space, "misaligned", "audio")
    bars, followed = gr.HTML(shown[0], elem_id="accuracy"), gr.HTML(shown[1], elem_id="followed")
    table = gr.Dataframe(
        shown[2],
        headers=_HEADERS,
        datatype=_TYPES,
        label="All of them; the menu in a column's head sorts",
        interactive=False,
        wrap=True,
        elem_id="table",
        column_widths=[220, 130, 70, 100, 120, 220, 190, 60],
    )
    notes, problems = gr.HTML(shown[3]), gr.Markdown(shown[4])
    for control in (condition, prompt):
        control.change(
            partial(_shown, space), [condition, prompt], [bars, followed, table, notes, problems],
            queue=False, api_visibility="private",
        )  # fmt: skip


def _shown(space: Space, condition: str, prompt: str) -> tuple[str, str, list[list[Any]], str, str]:
    results, problems = all_results(space.settings.runs)
    found = chosen(results, None if condition == _ALL else condition, None if prompt == _ALL else prompt)
    not_shown = "\n\n".join(f"Not shown: {problem}" for problem in problems)
    return accuracy_html(found), followed_html(found), _table(found), footnotes_html(found), not_shown


def _table(results: Sequence[Result]) -> list[list[Any]]:
    notes, rows = footnotes(results), []
    for r in results:
        interval = "" if r.interval is None else f"{r.interval[0]:.1f} to {r.interval[1]:.1f}"
        note = f"({notes.index(r.note) + 1})" if r.note else ""
        rows.append([r.model, r.condition, r.prompt, round(r.percent, 2), interval, r.clips, r.source, note])
    return rows
