"""What a visitor finds when the page opens: the first example, or what a link says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from mma_bench.core.errors import MMABenchError
from mma_space.answering.probing import probe
from mma_space.clips.made_clip import make_clip
from mma_space.clips.share import NAMES, parsed, query_of, recipe_of
from mma_space.page.controls import clip_choices, set_to
from mma_space.page.probe_events import AT_ONCE, IN_LINE, Parts, answers_or_hint, then_link, then_show
from mma_space.page.rendering import facts_html, hint_html
from mma_space.page.sentences import in_a_sentence, telling
from mma_space.space import Space


def follow_links(space: Space, parts: Parts) -> None:
    """Show what the link says; ask it where nobody did before."""
    import gradio as gr

    first = next(iter(parts.examples))
    # The query of a link whose answers are still to be asked; in the page, or its change would go unnoticed.
    unknown = gr.Textbox(visible="hidden")

    def opened(request: gr.Request) -> list[Any]:
        given, said = dict(request.query_params), None
        if not any(name in given for name in NAMES):
            if space.memory.get(first) is not None:  # it stands there, unless the visitor was quicker than this
                return [gr.skip()] * (len(changed) - 1) + [str(uuid4())]
            given = parsed(first)
        try:
            recipe, focus = recipe_of(given, space.library)
            made = make_clip(recipe, space.library)
        except MMABenchError as error:
            said = hint_html(f"This link leads nowhere. {in_a_sentence(error)}")
            recipe, focus = recipe_of(parsed(first), space.library)
            made = make_clip(recipe, space.library)
        query = query_of(recipe, space.library)
        known = space.memory.get(query) is not None
        if said is None:
            said = answers_or_hint(space, recipe, focus) if known else hint_html("Being asked …")
        values = set_to(space, recipe)
        brought = [name for name in (recipe.clip, recipe.donor) if name and name not in space.library.gallery.clips]
        if brought:  # somebody's upload, which a link names while it is kept
            choices = [*clip_choices(space), *((f"upload {name[-4:]}", name) for name in brought)]
            for k, component in enumerate(parts.controls.all):
                if component in (parts.controls.clip, parts.controls.donor):
                    values[k] = gr.update(choices=choices, value=values[k])
        shown = [*values, str(space.shelf.put(made)), facts_html(made), said]
        return [*shown, gr.skip() if known else query, query_of(recipe, space.library, focus), gr.skip()]

    opened.__annotations__["request"] = gr.Request  # gradio reads it, and does not know this function's names

    def ask(query: str) -> None:
        probe(recipe_of(parsed(query), space.library)[0], space.library, space.voices, space.memory)

    changed = [*parts.controls.all, parts.video, parts.facts, parts.answers, unknown, parts.query, parts.changed]
    event = gr.on(None, opened, None, changed, **AT_ONCE)
    then_link(parts, event)
    event.success(None, js="() => { document.querySelector('.mma-focus')?.scrollIntoView(); }", **AT_ONCE)
    event = unknown.change(telling(ask), unknown, show_progress_on=parts.answers, **IN_LINE)
    then_show(parts, event)
