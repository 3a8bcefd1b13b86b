"""Lay out the results tab: numbers of the paper, of tiny-omni, and of the runs on this machine."""

from collections.abc import Iterator, Sequence
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
    """measured.json: shipped metrics of tiny-omni's runs on a large dataset."""

    source: Text
    """Description of the numbers' origin."""
    runs: dict[str, Metrics]
    """Content of metrics.json by name of model and adapter."""


def all_results(runs: Path) -> tuple[list[Result], list[str]]:
    """Collect all results, and one message per unreadable run.

    Args:
        runs: a folder of run folders; it need not exist.
    """
    found, problems = _results_of_runs(runs)
    return [*found, *_shipped(), *reported()], problems


def _shipped() -> Iterator[Result]:
    """Read the shipped metrics.json of two runs: tiny-omni without and with its adapter."""
    content = parse_json((files("mma_space") / "data" / "measured.json").read_bytes())
    stored = MeasuredResults.from_json(content, where="measured.json", made_by="mma-bench eval")
    for name, metrics in stored.runs.items():
        yield from measured(name, metrics, stored.source)


def _results_of_runs(runs: Path) -> tuple[list[Result], list[str]]:
    found: list[Result] = []
    problems: list[str] = []
    for record in sorted(runs.glob(f"*/{RUN}")):
        try:
            run = read_run(record.parent)
            found += measured(run.name, read_metrics(record.parent, run), f"runs/{record.parent.name}")
        except (MMABenchError, OSError, ValueError, KeyError, TypeError):
            problems.append(f"{record.parent.name}: not a run that `mma-bench eval` finished; see `mma-bench score`")
    return found, problems


def results_tab(space: Space) -> None:
    """Lay out the tab; runs are read again at every choice."""
    import gradio as gr

    results, _ = all_results(space.settings.runs)
    gr.Markdown(
        "What the paper and its site report, what tiny-omni gave on drawn clips, and the runs of this machine. Numbers "
        "from drawn clips and from recordings are not to be ranked together."
    )
    with gr.Row():
        condition = gr.Dropdown([_ALL, *conditions_of(results)], value="misaligned", label="Condition", elem_id="of")
        prompt = gr.Radio(
            [("both", _ALL), ("the picture", "visual"), ("the sound", "audio")],
            value="audio",
            label="Asked about",
            elem_id="about-what",
        )
    found = _shown(space, "misaligned", "audio")
    bars = gr.HTML(found[0], elem_id="accuracy")
    followed = gr.HTML(found[1], elem_id="followed")
    table = gr.Dataframe(
        found[2],
        headers=_HEADERS,
        datatype=_TYPES,
        label="All of them; the menu in a column's head sorts",
        interactive=False,
        wrap=True,
        elem_id="table",
        column_widths=[220, 130, 70, 100, 120, 220, 190, 60],
    )
    notes = gr.HTML(found[3])
    problems = gr.Markdown(found[4])
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
    notes = footnotes(results)
    return [
        [
            r.model,
            r.condition,
            r.prompt,
            round(r.percent, 2),
            "" if r.interval is None else f"{r.interval[0]:.1f} to {r.interval[1]:.1f}",
            r.clips,
            r.source,
            f"({notes.index(r.note) + 1})" if r.note else "",
        ]
        for r in results
    ]
