"""What a visitor sets to say a recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mma_bench.benchmark.prompts import Variant
from mma_space.clips.recipe import Picture, Recipe, Sound, checked, of_condition
from mma_space.clips.share import exact_condition
from mma_space.page.words import (
    BY_HAND,
    CONDITION_CHOICES,
    PICTURE_CHOICES,
    SOUND_CHOICES,
    VARIANT_CHOICES,
    clip_title,
)
from mma_space.space import Space


@dataclass(frozen=True)
class Controls:
    """Components of one recipe; the first three stand open, the others are for work by hand."""

    clip: Any
    condition: Any
    variant: Any
    picture: Any
    sound: Any
    donor: Any
    caption: Any
    long_context: Any
    hand: Any
    """What the last five stand in."""

    @property
    def by_hand(self) -> list[Any]:
        """Those that a condition sets."""
        return [self.picture, self.sound, self.donor, self.caption, self.long_context]

    @property
    def all(self) -> list[Any]:
        """In the order of `set_to`, and of the arguments of `recipe_from`."""
        return [self.clip, self.condition, self.variant, *self.by_hand]


def make_controls(space: Space, shown: Recipe) -> Controls:
    """Lay the controls out, saying a recipe."""
    import gradio as gr

    said = _condition(space, shown)
    clips = clip_choices(space)
    classes = [(name.replace("_", " "), name) for name in space.library.gallery.classes]
    clip = gr.Dropdown(clips, value=shown.clip, label="Clip", elem_id="clip")
    condition = gr.Radio(CONDITION_CHOICES, value=said, label="What is done to it", elem_id="condition")
    with gr.Accordion("By hand", open=False) as hand:
        picture = gr.Radio(PICTURE_CHOICES, value=shown.picture, label="Picture", elem_id="picture")
        sound = gr.Radio(SOUND_CHOICES, value=shown.sound, label="Sound", elem_id="sound")
        donor = gr.Dropdown(clips, value=shown.donor, label="Whose sound", elem_id="donor")
        caption = gr.Dropdown(
            [("none", ""), *classes], value=shown.caption or "", label="False caption", elem_id="caption"
        )
        long_context = gr.Checkbox(
            shown.long_context, label="Random letters after the question", elem_id="long-context"
        )
    variant = gr.Radio(VARIANT_CHOICES, value=shown.variant, label="How it is asked", elem_id="variant")
    return Controls(clip, condition, variant, picture, sound, donor, caption, long_context, hand)


def clip_choices(space: Space) -> list[tuple[str, str]]:
    """Titles and names of the gallery's clips."""
    seen: dict[str, int] = {}
    choices = []
    for clip in space.library.gallery.clips.values():
        seen[clip.class_name] = seen.get(clip.class_name, 0) + 1
        choices.append((clip_title(clip, seen[clip.class_name]), clip.id))
    return choices


def recipe_from(
    space: Space,
    clip: str,
    condition: str,
    variant: Variant,
    picture: Picture,
    sound: Sound,
    donor: str | None,
    caption: str | None,
    long_context: bool,
) -> Recipe:
    """The recipe that the controls say: a condition says all, whether those by hand follow it already or not.

    Raises:
        OptionsError: it cannot be made.
    """
    if condition != BY_HAND:
        return checked(of_condition(condition, clip, space.library, variant), space.library)
    recipe = Recipe(clip, picture, sound, donor or None, caption or None, long_context, variant)
    return checked(recipe, space.library)


def set_to(space: Space, recipe: Recipe) -> list[Any]:
    """Values of all controls, in the order of `Controls.all`."""
    return [recipe.clip, _condition(space, recipe), recipe.variant, *_by_hand(recipe)]


def by_condition(space: Space, clip: str, condition: str, *current: Any) -> list[Any]:
    """Values of the controls by hand after a clip or a condition was chosen."""
    if condition == BY_HAND:
        return list(current)
    return _by_hand(of_condition(condition, clip, space.library))


def after_hand(space: Space, clip: str, *chosen: Any) -> list[Any]:
    """The condition that work by hand amounts to, and the donor, which is chosen where one is needed first."""
    picture, sound, donor, caption, long_context = chosen
    if sound == "donor" and donor is None:
        donor = space.library.donor(clip)
    return [_condition(space, Recipe(clip, picture, sound, donor, caption or None, long_context)), donor]


def _condition(space: Space, recipe: Recipe) -> str:
    used = recipe if recipe.sound == "donor" else replace(recipe, donor=None)
    return exact_condition(used, space.library) or BY_HAND


def _by_hand(recipe: Recipe) -> list[Any]:
    return [recipe.picture, recipe.sound, recipe.donor, recipe.caption or "", recipe.long_context]
