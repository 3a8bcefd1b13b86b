"""Lay out the first tab, where visitors choose, modify and play a clip, and query the models about it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from mma_bench.core.errors import MMABenchError
from mma_space.answering.precomputed import examples
from mma_space.answering.probing import probe
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import NAMES, query_of, recipe_of
from mma_space.page.controls import clip_choices, make_controls, set_to
from mma_space.page.media import exact_video, upload_part
from mma_space.page.probe_events import IN_QUEUE, UNQUEUED, Parts, answers_or_hint, follow_events, then_link, then_show
from mma_space.page.rendering import facts_html, hint_html
from mma_space.page.sentences import in_a_sentence, telling
from mma_space.space import Space


def probe_tab(space: Space) -> Any:
    """Lay out the tab, connect its events, and return the component whose value is the chosen clip's name."""
    parts = _lay_out(space)
    follow_events(space, parts)
    _follow_links(space, parts)
    return parts.controls.clip


def _lay_out(space: Space) -> Parts:
    import gradio as gr

    shown = examples(space.library)
    first, _ = recipe_of(shown[0].query, space.library)
    made = make_clip(first, space.library)
    with gr.Row(elem_id="examples"):
        buttons = {example.query: gr.Button(example.title, size="sm", min_width=150) for example in shown}
    with gr.Row():
        with gr.Column(scale=5, min_width=300):
            gr.Markdown("**Choose a clip**")
            gallery = gr.Gallery(
                [(space.library.gallery.clips[name].still(), title) for title, name in clip_choices(space)],
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


def _follow_links(space: Space, parts: Parts) -> None:
    """When the page opens, show the linked clip or the first example; query the models if no answers are cached."""
    import gradio as gr

    first = next(iter(parts.examples))
    # The query of a link without cached answers. Hidden rather than absent, or gradio would miss its changes.
    unknown = gr.Textbox(visible="hidden")

    def opened(request: gr.Request) -> list[Any]:
        given: str | Mapping[str, str] = dict(request.query_params)
        if not any(name in given for name in NAMES):
            if space.probes.get(first) is not None:  # already shown, unless the visitor has chosen something else
                return [gr.skip()] * (len(changed) - 1) + [str(uuid4())]
            given = first
        try:
            recipe, focus = recipe_of(given, space.library)
            made, refusal = make_clip(recipe, space.library), None
        except MMABenchError as error:
            recipe, focus = recipe_of(first, space.library)
            made, refusal = make_clip(recipe, space.library), f"This link leads nowhere. {in_a_sentence(error)}"
        query = query_of(recipe, space.library)
        known = space.probes.get(query) is not None
        if known and refusal is None:
            hint = answers_or_hint(space, recipe, focus)
        else:
            hint = hint_html(refusal or "Being asked …")
        values = set_to(space, recipe)
        uploads = [name for name in (recipe.clip, recipe.donor) if name and name not in space.library.gallery.clips]
        if uploads:  # a link can name an upload while it is kept
            choices = [*clip_choices(space), *((f"upload {name[-4:]}", name) for name in uploads)]
            for k, component in enumerate(parts.controls.all):
                if component in (parts.controls.clip, parts.controls.donor):
                    values[k] = gr.update(choices=choices, value=values[k])
        shown = [*values, str(space.clip_cache.put(made)), facts_html(made), hint]
        return [*shown, gr.skip() if known else query, query_of(recipe, space.library, focus), gr.skip()]

    def ask(query: str) -> None:
        probe(recipe_of(query, space.library)[0], space.library, space.models, space.probes)

    changed = [*parts.controls.all, parts.video, parts.facts, parts.answers, unknown, parts.query, parts.changed]
    event = gr.on(None, opened, None, changed, **UNQUEUED)
    then_link(parts, event)
    event.success(None, js="() => { document.querySelector('.mma-focus')?.scrollIntoView(); }", **UNQUEUED)
    event = unknown.change(telling(ask), unknown, show_progress_on=parts.answers, **IN_QUEUE)
    then_show(parts, event)
