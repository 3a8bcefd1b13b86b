"""The first tab: choose a clip, put it in conflict, play it, ask."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from mma_bench.errors import MMABenchError
from mma_bench.prompts import PROMPTS
from mma_space.made_clip import make_clip
from mma_space.page.controls import (
    after_hand,
    by_condition,
    clip_choices,
    make_controls,
    recipe_from,
    set_to,
)
from mma_space.page.exact_video import exact_video
from mma_space.page.sentences import in_a_sentence, telling
from mma_space.page.upload_part import upload_part
from mma_space.page.words import BY_HAND
from mma_space.precomputed import examples
from mma_space.probing import probe
from mma_space.rendering import answers_html
from mma_space.share import query_of, recipe_of
from mma_space.space import Space

MODEL = "model"
"""The line that all wait in who ask the model."""
_HINT = '<p class="mma-hint">Press “Ask both questions”: one is about the picture, one about the sound.</p>'

# Puts the query into the address bar, so that a link copied from there is right too, and gives the whole link.
_LINK = """(query) => {
  const link = new URL(window.location.href);
  for (const name of ["clip", "condition", "picture", "sound", "donor", "caption", "long_context", "variant", "prompt"])
    link.searchParams.delete(name);
  for (const [name, value] of new URLSearchParams(query)) link.searchParams.set(name, value);
  window.history.replaceState(null, "", link);
  return [link.href];
}"""


def probe_tab(space: Space) -> Any:
    """Lay the tab out and say what happens on it; returns the component that names the clip."""
    import gradio as gr

    shown = examples(space.library)
    with gr.Row():
        with gr.Column(scale=5, min_width=300):
            gr.Markdown("**Choose a clip**")
            gallery = gr.Gallery(
                _stills(space),
                label="Clips",
                show_label=False,
                columns=4,
                height="auto",
                object_fit="cover",
                allow_preview=False,
                interactive=False,
                elem_id="gallery",
                buttons=[],
            )
            with gr.Accordion("Or bring a video or a sound of your own", open=False):
                uploaded = upload_part(space)
            controls = make_controls(space)
            ask = gr.Button("Ask both questions", variant="primary", elem_id="ask")
            gr.Markdown("Worth a look:")
            buttons = [gr.Button(example.title, size="sm") for example in shown]
        with gr.Column(scale=7, min_width=300):
            video = exact_video(
                label="What the model gets to see and hear", elem_id="video", interactive=False, height=320
            )
            answers = gr.HTML(_HINT, elem_id="answers")
            query = gr.Textbox(visible=False)
            link = gr.Textbox(label="Link to what you see", buttons=["copy"], interactive=False, elem_id="link")

    show = telling(partial(_show, space))
    known = partial(_known, space)
    shared = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}

    def then_show(event: Any) -> Any:
        """What every change ends with: the clip to play, and the answers if they are known."""
        event = event.then(show, controls.recipe, video, api_visibility="private", show_progress="hidden")
        event = event.then(known, controls.recipe, [answers, query], **shared)
        return event.then(None, query, link, js=_LINK, **shared)

    for control in (controls.clip, controls.condition):
        event = control.input(
            telling(partial(by_condition, space)),
            [controls.clip, controls.condition, *controls.by_hand],
            controls.by_hand,
            **shared,
        )
        then_show(event)
    controls.condition.input(
        lambda condition: gr.update(open=condition == BY_HAND), controls.condition, controls.hand, **shared
    )
    for control in controls.by_hand:
        event = control.input(
            telling(partial(after_hand, space)),
            [controls.clip, *controls.by_hand],
            [controls.condition, controls.donor],
            **shared,
        )
        then_show(event)
    then_show(controls.variant.input(lambda: None, **shared))

    names = [name for _, name in clip_choices(space)]

    def picked(event: gr.SelectData, condition: str, *current: Any) -> list[Any]:
        """A picture of the gallery was chosen."""
        clip = names[event.index]
        return [clip, *by_condition(space, clip, condition, *current)]

    picked.__annotations__["event"] = gr.SelectData
    then_show(
        gallery.select(picked, [controls.condition, *controls.by_hand], [controls.clip, *controls.by_hand], **shared)
    )

    def added(found: dict[str, Any] | None, choices: list[tuple[str, str]]) -> Any:
        """An upload may now be chosen, and is."""
        if not found:
            return [gr.skip()] * 4
        title = f"your {'video' if found['has_picture'] else 'sound'} {found['id'][-4:]}"
        choices = [*choices, (title, found["id"])]
        as_clip = {"value": found["id"]} if found["has_picture"] else {}
        return [
            choices,
            gr.update(choices=choices, **as_clip),
            gr.update(choices=choices, **({} if found["has_picture"] else {"value": found["id"]})),
            gr.skip() if found["has_picture"] else "donor",
        ]

    choices = gr.State(clip_choices(space))
    event = uploaded.event.then(
        added, [uploaded.found, choices], [choices, controls.clip, controls.donor, controls.sound], **shared
    )
    event = event.then(
        telling(partial(after_hand, space)), [controls.clip, *controls.by_hand],
        [controls.condition, controls.donor], **shared,
    )  # fmt: skip
    then_show(event)

    asking = telling(partial(_ask, space))
    event = ask.click(
        asking,
        controls.recipe,
        [answers, query],
        concurrency_id=MODEL,
        concurrency_limit=1,
        api_visibility="private",
        scroll_to_output=True,
        show_progress_on=answers,
    )
    event.then(None, query, link, js=_LINK, **shared)
    for button, example in zip(buttons, shown, strict=True):
        wanted = set_to(recipe_of(_parsed(example.query), space.library)[0])
        event = then_show(button.click(lambda wanted=wanted: wanted, None, controls.all, **shared))

    def opened(request: gr.Request) -> list[Any]:
        """What the link says, or the first example where it says nothing."""
        given = dict(request.query_params)
        try:
            said = given if "clip" in given else _parsed(shown[0].query)
            recipe, prompt = recipe_of(said, space.library)
        except MMABenchError as error:
            gr.Warning(in_a_sentence(error))
            recipe, prompt = recipe_of(_parsed(shown[0].query), space.library)
        return [*set_to(recipe), prompt]

    opened.__annotations__["request"] = gr.Request
    focus = gr.State(None)
    event = gr.on(None, opened, None, [*controls.all, focus], api_visibility="private", show_progress="hidden")
    event = event.then(show, controls.recipe, video, api_visibility="private", show_progress="hidden")
    event = event.then(
        telling(partial(_ask_first, space)),
        [focus, *controls.recipe],
        [answers, query],
        concurrency_id=MODEL,
        concurrency_limit=1,
        api_visibility="private",
        show_progress_on=answers,
    )
    _ = event.then(None, query, link, js=_LINK, **shared)
    return controls.clip


def _stills(space: Space) -> list[tuple[Any, str]]:
    titles = {name: title for title, name in clip_choices(space)}
    return [(clip.still(), titles[clip.id]) for clip in space.library.gallery.clips.values()]


def _show(space: Space, *chosen: Any) -> str:
    """The clip as a file to play: exactly what the model gets."""
    return str(space.shelf.put(make_clip(recipe_from(space, *chosen), space.library)))


def _known(space: Space, *chosen: Any) -> tuple[str, str]:
    """The answers, if this was asked before; and the query of its link."""
    try:
        query = query_of(recipe_from(space, *chosen), space.library)
    except MMABenchError:
        return _HINT, ""
    probed = space.memory.get(query)
    return (answers_html(probed, space.voices) if probed else _HINT), query


def _ask(space: Space, *chosen: Any) -> tuple[str, str]:
    """The answers, asked now if they are not known, and the query of their link."""
    probed = probe(recipe_from(space, *chosen), space.library, space.voices, space.memory)
    return answers_html(probed, space.voices), probed.query


def _ask_first(space: Space, focus: str | None, *chosen: Any) -> Iterator[tuple[str, str]]:
    """What a visitor finds when the page opens."""
    if focus not in PROMPTS:
        focus = None
    probed = probe(recipe_from(space, *chosen), space.library, space.voices, space.memory)
    query = probed.query if focus is None else f"{probed.query}&prompt={focus}"
    yield answers_html(probed, space.voices, focus), query


def _parsed(query: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(query))
