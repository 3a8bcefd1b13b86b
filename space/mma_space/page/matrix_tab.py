"""The second tab: every condition done to one clip."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from mma_space.answering.matrix import fill_matrix
from mma_space.page.controls import clip_choices
from mma_space.page.probe_events import IN_LINE
from mma_space.page.rendering import hint_html, matrix_html
from mma_space.page.sentences import telling
from mma_space.page.words import VARIANT_CHOICES
from mma_space.space import Space


def matrix_tab(space: Space, clip: Any) -> None:
    """Lay the tab out; the clip is that of the first tab."""
    import gradio as gr

    gr.Markdown("The clip chosen under *Probe*, under every condition, asked about its picture and about its sound.")
    with gr.Row():
        variant = gr.Radio(VARIANT_CHOICES, value="plain", label="How it is asked", elem_id="matrix-variant")
        with gr.Column():
            fill = gr.Button("Ask under every condition", variant="primary", elem_id="fill")
            cancel = gr.Button("Cancel", elem_id="cancel")
    table = gr.HTML(hint_html("Six conditions, two questions each."), elem_id="matrix")
    status = gr.Markdown(elem_id="matrix-status")
    event = fill.click(
        telling(partial(_fill, space)),
        [clip, variant],
        [table, status],
        show_progress="minimal",
        **IN_LINE,
    )
    cancel.click(None, cancels=[event], js=_CANCELLED, queue=False, api_visibility="private")


def _fill(space: Space, clip: str, variant: Any) -> Iterator[tuple[str, str]]:
    title = {name: title for title, name in clip_choices(space)}.get(clip, "Your clip")
    asked = {value: words for words, value in VARIANT_CHOICES}[variant]
    for rows in fill_matrix(clip, variant, space.library, space.voices, space.memory):
        done = sum(row.probed is not None or row.failure is not None for row in rows)
        yield matrix_html(rows, space.voices, f"{title}, asked: {asked}"), f"{done} of {len(rows)} conditions asked."


_CANCELLED = """() => {
  for (const cell of document.querySelectorAll("#matrix .mma-waiting")) cell.textContent = "not asked";
}"""
