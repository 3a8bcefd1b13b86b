"""The first tab: choose a clip, put it in conflict, play it, ask."""

from __future__ import annotations

from typing import Any

from mma_space.answering.precomputed import examples
from mma_space.clips.made_clip import make_clip
from mma_space.clips.share import parsed, recipe_of
from mma_space.page.controls import clip_choices, make_controls
from mma_space.page.exact_video import exact_video
from mma_space.page.opening import follow_links
from mma_space.page.probe_events import (
    Parts,
    answers_or_hint,
    ask_on_request,
    follow_changes,
    follow_examples,
    follow_gallery,
    follow_uploads,
    show_changes,
)
from mma_space.page.rendering import facts_html
from mma_space.page.upload_part import upload_part
from mma_space.space import Space


def probe_tab(space: Space) -> Any:
    """Lay the tab out and say what happens on it; returns the component that names the clip."""
    parts = _lay_out(space)
    follow_changes(space, parts)
    follow_gallery(space, parts)
    follow_uploads(space, parts)
    follow_examples(space, parts)
    ask_on_request(space, parts)
    show_changes(space, parts)
    follow_links(space, parts)
    return parts.controls.clip


def _lay_out(space: Space) -> Parts:
    import gradio as gr

    shown = examples(space.library)
    first, _ = recipe_of(parsed(shown[0].query), space.library)
    made = make_clip(first, space.library)
    with gr.Row(elem_id="examples"):
        buttons = {example.query: gr.Button(example.title, size="sm", min_width=150) for example in shown}
    with gr.Row():
        with gr.Column(scale=5, min_width=300):
            gr.Markdown("**Choose a clip**")
            gallery = gr.Gallery(
                _stills(space),
                label="Clips",
                show_label=False,
                height="auto",
                object_fit="cover",
                allow_preview=False,
                interactive=False,
                elem_id="gallery",
                buttons=[],
            )
            with gr.Accordion("Or bring a video or a sound of your own", open=False):
                uploaded = upload_part(space)
            controls = make_controls(space, first)
            ask = gr.Button("Ask both questions", variant="primary", elem_id="ask")
        with gr.Column(scale=7, min_width=300):
            gr.Markdown("**What the model gets to see and hear**")
            video = exact_video(
                label="What the model gets to see and hear",
                show_label=False,
                elem_id="video",
                interactive=False,
                height=320,
            )
            facts = gr.HTML(facts_html(made), elem_id="facts")
            answers = gr.HTML(answers_or_hint(space, first), elem_id="answers")
            query = gr.Textbox(shown[0].query, visible=False)
            link = gr.Textbox(label="Link to what you see", buttons=["copy"], interactive=False, elem_id="link")
            changed = gr.Textbox(visible="hidden")
    return Parts(controls, gallery, uploaded, ask, buttons, video, facts, answers, query, link, changed)


def _stills(space: Space) -> list[tuple[Any, str]]:
    titles = {name: title for title, name in clip_choices(space)}
    return [(clip.still(), titles[clip.id]) for clip in space.library.gallery.clips.values()]
