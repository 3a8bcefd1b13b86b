"""What a visitor finds when the page opens: the first example, or what a link says."""

from __future__ import annotations

from typing import Any

from mma_bench.errors import MMABenchError
from mma_space.made_clip import make_clip
from mma_space.page.controls import set_to
from mma_space.page.probe_events import AT_ONCE, IN_LINE, Parts, answers_or_hint, then_link
from mma_space.page.sentences import in_a_sentence, telling
from mma_space.probing import probe
from mma_space.rendering import answers_html, facts_html, hint_html
from mma_space.share import parsed, query_of, recipe_of
from mma_space.space import Space


def follow_links(space: Space, parts: Parts) -> None:
    """Show what the link says; ask it where nobody did before. The page itself shows the first example."""
    import gradio as gr

    # The query of a link whose answers are still to be asked; in the page, or its change would go unnoticed.
    unknown = gr.Textbox(visible="hidden")

    def opened(request: gr.Request) -> list[Any]:
        controls = parts.controls.all
        given = dict(request.query_params)
        if "clip" not in given:
            return [gr.skip()] * (len(controls) + 4) + [next(iter(parts.examples))]
        try:
            recipe, focus = recipe_of(given, space.library)
            made = make_clip(recipe, space.library)
        except MMABenchError as error:
            said = hint_html(f"This link leads nowhere. {in_a_sentence(error)}")
            return [gr.skip()] * (len(controls) + 2) + [said, gr.skip(), gr.skip()]
        query = query_of(recipe, space.library, focus)
        shown = [*set_to(space, recipe), str(space.shelf.put(made)), facts_html(made)]
        if space.memory.get(query_of(recipe, space.library)):
            return [*shown, answers_or_hint(space, recipe, focus), gr.skip(), query]
        return [*shown, hint_html("Being asked …"), query, query]

    opened.__annotations__["request"] = gr.Request  # gradio reads it, and does not know this function's names

    def ask(query: str) -> str:
        recipe, focus = recipe_of(parsed(query), space.library)
        return answers_html(probe(recipe, space.library, space.voices, space.memory), space.voices, focus)

    changed = [*parts.controls.all, parts.video, parts.facts, parts.answers, unknown, parts.query]
    then_link(parts, gr.on(None, opened, None, changed, **AT_ONCE))
    unknown.change(telling(ask), unknown, parts.answers, show_progress_on=parts.answers, **IN_LINE)
