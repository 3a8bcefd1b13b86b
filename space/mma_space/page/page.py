"""Assemble the page from its four tabs and its endpoints."""

import os
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader

from mma_bench.benchmark.conditions import CONDITIONS
from mma_space.answering.probing import fill_matrix
from mma_space.page.controls import VARIANT_CHOICES, clip_choices
from mma_space.page.endpoints import publish_endpoints
from mma_space.page.probe_events import IN_QUEUE
from mma_space.page.probe_tab import probe_tab
from mma_space.page.rendering import hint_html, matrix_html
from mma_space.page.results_tab import results_tab
from mma_space.page.sentences import telling
from mma_space.settings import Settings, is_shipped
from mma_space.space import Space

_TITLE = "MMA-Bench: does it look, does it listen?"


def make_page(space: Space) -> Any:
    """Build the gradio app, which `launch_page` serves."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    import gradio as gr

    with gr.Blocks(title=_TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {_TITLE}\nPut a clip's sight, sound and text in conflict, and see whom a model follows.")
        if space.notice:
            gr.Markdown(f"**Note.** {space.notice}", elem_id="notice")
        with gr.Tabs():
            with gr.Tab("Probe", id="probe"):
                clip = probe_tab(space)
            with gr.Tab("Every condition", id="matrix"):
                _matrix_tab(space, clip)
            with gr.Tab("Results", id="results"):
                results_tab(space)
            with gr.Tab("How it works", id="about"):
                gr.Markdown(_about_text(space.settings), elem_id="about")
        publish_endpoints(space)
    page.queue(max_size=space.settings.waiting, api_open=True)
    return page


def _matrix_tab(space: Space, clip: Any) -> None:
    """Lay out the tab that probes the chosen clip under every condition."""
    import gradio as gr

    gr.Markdown("The clip chosen under *Probe*, under every condition, asked about its picture and about its sound.")
    with gr.Row():
        variant = gr.Radio(VARIANT_CHOICES, value="plain", label="How it is asked", elem_id="matrix-variant")
        with gr.Column():
            fill = gr.Button("Ask under every condition", variant="primary", elem_id="fill")
            cancel = gr.Button("Cancel", elem_id="cancel")
    table = gr.HTML(hint_html("Six conditions, two questions each."), elem_id="matrix")
    status = gr.Markdown(elem_id="matrix-status")

    def ask(clip: str, variant: Any) -> Iterator[tuple[str, str]]:
        title = {name: title for title, name in clip_choices(space)}.get(clip, "Your clip")
        asked = {value: words for words, value in VARIANT_CHOICES}[variant]
        for rows in fill_matrix(clip, variant, space.library, space.models, space.probes):
            done = sum(row.probed is not None or row.failure is not None for row in rows)
            matrix = matrix_html(rows, space.models, f"{title}, asked: {asked}")
            yield matrix, f"{done} of {len(rows)} conditions asked."

    event = fill.click(telling(ask), [clip, variant], [table, status], show_progress="minimal", **IN_QUEUE)
    cancel.click(None, cancels=[event], js=_MARK_CANCELLED, queue=False, api_visibility="private")


def _about_text(settings: Settings) -> str:
    """Render the text of the last tab as Markdown: idea, definitions, limits, citation and links."""
    named = [
        ("dataset", "datasets/", settings.data),
        ("metric", "spaces/", settings.metric),
        ("model", "", settings.model),
        ("adapter", "", settings.adapter),
    ]
    links = {"paper": "https://arxiv.org/abs/2511.22826"}
    for title, kind, name in named:
        if name and name.count("/") == 1:
            links[title] = f"https://huggingface.co/{kind}{name}"
    environment = Environment(loader=PackageLoader("mma_space"), trim_blocks=True, lstrip_blocks=True)
    template = environment.get_template("about.md.jinja")
    return template.render(conditions=CONDITIONS.values(), tiny=is_shipped(settings.model), links=links.items())


_MARK_CANCELLED = """() => {
  for (const cell of document.querySelectorAll("#matrix .mma-waiting")) cell.textContent = "not asked";
}"""
