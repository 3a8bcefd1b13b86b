"""Connect the events of the first tab: changes of its controls update the clip, its button queries the models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS, Prompt
from mma_space.answering.probing import probe
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import Recipe, query_of, recipe_of
from mma_space.page.controls import BY_HAND, Controls, after_hand, by_condition, clip_choices, recipe_from, set_to
from mma_space.page.media import JsonObject, UploadPart
from mma_space.page.rendering import answers_html, facts_html, hint_html
from mma_space.page.sentences import telling
from mma_space.space import Space

MODEL_QUEUE = "model"
"""gradio concurrency id that all requests to the models share."""
EventOptions = Mapping[str, Any]
UNQUEUED: EventOptions = {
    "queue": False,
    "api_visibility": "private",
    "show_progress": "hidden",
    "trigger_mode": "always_last",  # the default drops choices made while another is handled
}
"""gradio options for fast events, which bypass the queue and its limits."""
IN_QUEUE: EventOptions = {"concurrency_id": MODEL_QUEUE, "concurrency_limit": 1, "api_visibility": "private"}
"""gradio options for events that query the models."""


@dataclass(frozen=True)
class Parts:
    """The components of the first tab."""

    controls: Controls
    gallery: Any
    uploaded: UploadPart
    ask: Any
    examples: Mapping[str, Any]
    """Buttons of the examples, by link query."""
    video: Any
    facts: Any
    answers: Any
    query: Any
    """Invisible component that contains the link query of the shown clip."""
    link: Any
    changed: Any
    """Invisible component whose value changes whenever the chosen recipe or its answers may have changed."""


def follow_events(space: Space, parts: Parts) -> None:
    """Connect all events of the tab, except the one that follows links."""
    _follow_changes(space, parts)
    _follow_gallery(space, parts)
    _follow_uploads(space, parts)
    for query, button in parts.examples.items():
        values = set_to(space, recipe_of(query, space.library)[0])
        then_show(parts, button.click(lambda values=values: values, None, parts.controls.all, **UNQUEUED))
    _ask_on_request(space, parts)
    _show_changes(space, parts)


def _follow_changes(space: Space, parts: Parts) -> None:
    """Keep the condition and the manual controls consistent, and show the clip after each change."""
    controls = parts.controls
    for control in (controls.clip, controls.condition):
        then_show(parts, control.input(*_set_by_condition(space, parts), **UNQUEUED))
    for control in controls.by_hand:
        listen = control.input
        if control is controls.donor:  # choosing a donor also selects its sound
            listen = control.input(lambda: "donor", None, controls.sound, **UNQUEUED).success
        then_show(parts, listen(*_set_by_hand(space, parts), **UNQUEUED))
    then_show(parts, controls.variant.input(lambda: None, **UNQUEUED))
    controls.condition.input(None, controls.condition, controls.hand, js=_OPEN, **UNQUEUED)


def _follow_gallery(space: Space, parts: Parts) -> None:
    """Choose a clip when its still in the gallery is clicked."""
    import gradio as gr

    controls, names = parts.controls, [name for _, name in clip_choices(space)]

    def picked(event: gr.SelectData) -> str:
        return names[int(event.index)]

    # "multiple" handles each click, while "always_last" repeats the first click instead of the last.
    event = parts.gallery.select(picked, None, controls.clip, **{**UNQUEUED, "trigger_mode": "multiple"})
    then_show(parts, event.success(*_set_by_condition(space, parts), **UNQUEUED))


def _follow_uploads(space: Space, parts: Parts) -> None:
    """Add each upload to the choices, and select it: a video as the clip, a sound as the donor."""
    import gradio as gr

    controls, choices = parts.controls, gr.State(clip_choices(space))

    def added(found: JsonObject, choices: list[tuple[str, str]]) -> list[Any]:
        title = f"your {'video' if found['has_picture'] else 'sound'} {found['id'][-4:]}"
        choices = [*choices, (title, found["id"])]
        taken, left = gr.update(choices=choices, value=found["id"]), gr.update(choices=choices)
        if found["has_picture"]:
            return [choices, taken, left, gr.skip(), "aligned"]
        return [choices, left, taken, "donor", BY_HAND]

    changed = [choices, controls.clip, controls.donor, controls.sound, controls.condition]
    event = parts.uploaded.event.success(added, [parts.uploaded.found, choices], changed, **UNQUEUED)
    then_show(parts, event.success(*_set_by_condition(space, parts), **UNQUEUED))


def _ask_on_request(space: Space, parts: Parts) -> None:
    """Query the models when the button is clicked; show the answers unless the choice has changed meanwhile."""

    def ask(*chosen: Any) -> None:
        probe(recipe_from(space, *chosen), space.library, space.models, space.probes)

    parts.ask.click(None, js=_SCROLL, **UNQUEUED)
    event = parts.ask.click(telling(ask), parts.controls.all, show_progress_on=parts.answers, **IN_QUEUE)
    then_show(parts, event)


def then_show(parts: Parts, event: Any) -> None:
    """Update the shown clip and its answers after a successful event."""
    event.success(None, None, parts.changed, js="() => crypto.randomUUID()", **UNQUEUED)


def _show_changes(space: Space, parts: Parts) -> None:
    """Update the clip, its cached answers and the link after every change.

    All changes trigger one event. gradio never runs it concurrently, and runs it once more for the last change made
    meanwhile, so an earlier choice cannot replace a later one.
    """

    def show(link: str, *chosen: Any) -> tuple[str, str, str, str]:
        recipe = recipe_from(space, *chosen)
        made = make_clip(recipe, space.library)
        query = query_of(recipe, space.library)
        focus = next((prompt for prompt in PROMPTS if link == f"{query}&prompt={prompt}"), None)
        clip, answers = str(space.clip_cache.put(made)), answers_or_hint(space, recipe, focus)
        return clip, facts_html(made), answers, query_of(recipe, space.library, focus)

    shown = [parts.video, parts.facts, parts.answers, parts.query]
    then_link(parts, parts.changed.change(telling(show), [parts.query, *parts.controls.all], shown, **UNQUEUED))


def then_link(parts: Parts, event: Any) -> None:
    """Update the link on the page and in the address bar after a successful event."""
    event.success(None, parts.query, parts.link, js=_LINK, **UNQUEUED)


def answers_or_hint(space: Space, recipe: Recipe, focus: Prompt | None = None) -> str:
    """Render the cached answers of a recipe, or a hint on how to get answers."""
    probed = space.probes.get(query_of(recipe, space.library))
    if probed is None:
        return hint_html("Press “Ask both questions”: one is about the picture, one about the sound.")
    return answers_html(probed, space.models, focus)


def _set_by_condition(space: Space, parts: Parts) -> tuple[Any, list[Any], list[Any]]:
    controls = parts.controls
    chosen = [controls.clip, controls.condition, *controls.by_hand]
    return telling(partial(by_condition, space)), chosen, controls.by_hand


def _set_by_hand(space: Space, parts: Parts) -> tuple[Any, list[Any], list[Any]]:
    controls = parts.controls
    chosen = [controls.clip, *controls.by_hand]
    return telling(partial(after_hand, space)), chosen, [controls.condition, controls.donor]


# Runs in the browser, since a server response could arrive after the visitor has toggled the accordion.
_OPEN = f"(condition) => ({{ __type__: 'update', open: condition === {json.dumps(BY_HAND)} }})"

_SCROLL = "() => { document.querySelector('#answers').scrollIntoView({ behavior: 'smooth', block: 'start' }); }"

_LINK = """(query) => {
  if (!query) return window.location.href;
  const link = new URL(window.location.href);
  for (const name of ["clip", "condition", "picture", "sound", "donor", "caption", "long_context", "variant", "prompt"])
    link.searchParams.delete(name);
  for (const [name, value] of new URLSearchParams(query)) link.searchParams.set(name, value);
  window.history.replaceState(null, "", link);
  return link.href;
}"""
