"""The third tab: numbers to sort and filter, and pictures of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from mma_eval.scoring.results import Result, chosen, conditions_of, footnotes
from mma_space.page.rendering import accuracy_html, followed_html, footnotes_html
from mma_space.page.results import all_results
from mma_space.space import Space

_HEADERS = ["model", "condition", "about", "accuracy %", "95 % interval", "clips", "source", "note"]
_TYPES = ["str", "str", "str", "number", "str", "str", "str", "str"]
_ALL = "all"


def results_tab(space: Space) -> None:
    """Lay the tab out; runs are read anew whenever something is chosen."""
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
    told = "\n\n".join(f"Not shown: {problem}" for problem in problems)
    return accuracy_html(found), followed_html(found), _table(found), footnotes_html(found), told


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
