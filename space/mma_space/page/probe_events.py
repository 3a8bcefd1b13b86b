"""What happens on the first tab: every change shows the clip, and the button asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS, Prompt
from mma_space.answering.probing import probe
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import Recipe
from mma_space.clips.share import parsed, query_of, recipe_of, with_prompt
from mma_space.page.controls import Controls, after_hand, by_condition, clip_choices, recipe_from, set_to
from mma_space.page.rendering import answers_html, facts_html, hint_html
from mma_space.page.sentences import telling
from mma_space.page.upload_part import UploadPart
from mma_space.page.words import BY_HAND
from mma_space.space import Space

MODEL = "model"
"""The line in which all wait who ask the model."""
AT_ONCE: Mapping[str, Any] = {
    "queue": False,
    "api_visibility": "private",
    "show_progress": "hidden",
    "trigger_mode": "always_last",  # else a choice made while another is under way is dropped
}
"""Of events that take milliseconds: they wait in no line, and count for no limit."""
IN_LINE: Mapping[str, Any] = {"concurrency_id": MODEL, "concurrency_limit": 1, "api_visibility": "private"}
"""Of events that ask the model."""


@dataclass(frozen=True)
class Parts:
    """The components of the tab."""

    controls: Controls
    gallery: Any
    uploaded: UploadPart
    ask: Any
    examples: Mapping[str, Any]
    """Buttons, by the query of their link."""
    video: Any
    facts: Any
    answers: Any
    query: Any
    """Of the link to what is seen; never shown."""
    link: Any
    changed: Any
    """Never shown; its value is new whenever what is chosen, or known of it, may be."""


def follow_changes(space: Space, parts: Parts) -> None:
    """A condition sets the controls by hand, these tell the condition; after either the clip is shown."""
    controls = parts.controls
    for control in (controls.clip, controls.condition):
        then_show(parts, control.input(*_told_by_condition(space, parts), **AT_ONCE))
    for control in controls.by_hand:
        if control is controls.donor:  # who names another clip's sound wants it
            event = control.input(lambda: "donor", None, controls.sound, **AT_ONCE)
            event = event.success(*_told_by_hand(space, parts), **AT_ONCE)
        else:
            event = control.input(*_told_by_hand(space, parts), **AT_ONCE)
        then_show(parts, event)
    then_show(parts, controls.variant.input(lambda: None, **AT_ONCE))
    controls.condition.input(None, controls.condition, controls.hand, js=_OPEN, **AT_ONCE)


def follow_gallery(space: Space, parts: Parts) -> None:
    """A picture that is chosen is the clip."""
    import gradio as gr

    controls, names = parts.controls, [name for _, name in clip_choices(space)]

    def picked(event: gr.SelectData) -> str:
        return names[int(event.index)]

    picked.__annotations__["event"] = gr.SelectData  # gradio reads it, and does not know this function's names
    # Each pick by itself: gradio would repeat the first in the place of the last.
    event = parts.gallery.select(picked, None, controls.clip, **{**AT_ONCE, "trigger_mode": "multiple"})
    then_show(parts, event.success(*_told_by_condition(space, parts), **AT_ONCE))


def follow_uploads(space: Space, parts: Parts) -> None:
    """What was brought can be chosen from then on, and is: a video as it is, a sound for another's picture."""
    import gradio as gr

    controls, choices = parts.controls, gr.State(clip_choices(space))

    def added(found: dict[str, Any], choices: list[tuple[str, str]]) -> list[Any]:
        title = f"your {'video' if found['has_picture'] else 'sound'} {found['id'][-4:]}"
        choices = [*choices, (title, found["id"])]
        taken, left = gr.update(choices=choices, value=found["id"]), gr.update(choices=choices)
        if found["has_picture"]:
            return [choices, taken, left, gr.skip(), "aligned"]
        return [choices, left, taken, "donor", BY_HAND]

    changed = [choices, controls.clip, controls.donor, controls.sound, controls.condition]
    event = parts.uploaded.event.success(added, [parts.uploaded.found, choices], changed, **AT_ONCE)
    then_show(parts, event.success(*_told_by_condition(space, parts), **AT_ONCE))


def follow_examples(space: Space, parts: Parts) -> None:
    """A button for each."""
    for query, button in parts.examples.items():
        values = set_to(space, recipe_of(parsed(query), space.library)[0])
        event = button.click(lambda values=values: values, None, parts.controls.all, **AT_ONCE)
        then_show(parts, event)


def ask_on_request(space: Space, parts: Parts) -> None:
    """The button. Answers are shown where what was asked is still what is chosen."""

    def ask(*chosen: Any) -> None:
        probe(recipe_from(space, *chosen), space.library, space.voices, space.memory)

    parts.ask.click(None, js=_SCROLL, **AT_ONCE)
    event = parts.ask.click(telling(ask), parts.controls.all, show_progress_on=parts.answers, **IN_LINE)
    then_show(parts, event)


def then_show(parts: Parts, event: Any) -> None:
    """What every change ends with."""
    event.success(None, None, parts.changed, js="() => crypto.randomUUID()", **AT_ONCE)


def show_changes(space: Space, parts: Parts) -> None:
    """The clip to play, the answers if they are known, and the link.

    One event for all changes: gradio runs it again for the last of those that came meanwhile, and never two at once, so
    that what was chosen first cannot be shown last.
    """

    def show(link: str, *chosen: Any) -> tuple[str, str, str, str]:
        recipe = recipe_from(space, *chosen)
        made = make_clip(recipe, space.library)
        focus = _focus(link, query_of(recipe, space.library))
        clip, answers = str(space.shelf.put(made)), answers_or_hint(space, recipe, focus)
        return clip, facts_html(made), answers, query_of(recipe, space.library, focus)

    shown = [parts.video, parts.facts, parts.answers, parts.query]
    then_link(parts, parts.changed.change(telling(show), [parts.query, *parts.controls.all], shown, **AT_ONCE))


def then_link(parts: Parts, event: Any) -> None:
    """The link, also in the address bar."""
    event.success(None, parts.query, parts.link, js=_LINK, **AT_ONCE)


def answers_or_hint(space: Space, recipe: Recipe, focus: Prompt | None = None) -> str:
    """The answers if they are known, else how to get them."""
    probed = space.memory.get(query_of(recipe, space.library))
    if probed is None:
        return hint_html("Press “Ask both questions”: one is about the picture, one about the sound.")
    return answers_html(probed, space.voices, focus)


def _focus(link: str, query: str) -> Prompt | None:
    """The question that the link points at, while what it shows is still what is chosen."""
    prompts: Mapping[str, Prompt] = {with_prompt(query, prompt): prompt for prompt in PROMPTS}
    return prompts.get(link)


def _told_by_condition(space: Space, parts: Parts) -> tuple[Any, list[Any], list[Any]]:
    controls = parts.controls
    chosen = [controls.clip, controls.condition, *controls.by_hand]
    return telling(partial(by_condition, space)), chosen, controls.by_hand


def _told_by_hand(space: Space, parts: Parts) -> tuple[Any, list[Any], list[Any]]:
    controls = parts.controls
    chosen = [controls.clip, *controls.by_hand]
    return telling(partial(after_hand, space)), chosen, [controls.condition, controls.donor]


# In the browser: an answer of the server could come when the visitor has opened or closed it by hand.
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
