"""Lay out the controls of a recipe, and convert recipes to and from the controls' values."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import Variant
from mma_space.clips.recipe import Picture, Recipe, Sound, checked, exact_condition, of_condition
from mma_space.space import Space

BY_HAND = "by hand"
"""Choice of the condition control when the recipe matches no condition."""
CONDITION_CHOICES = [
    *((f"{name.replace('_', ' ')}: {c.meaning}", name) for name, c in CONDITIONS.items()),
    ("by hand: whatever is chosen below", BY_HAND),
]
PICTURE_CHOICES = [("its own", "own"), ("every frame black", "black")]
SOUND_CHOICES = [("its own", "own"), ("another clip's", "donor"), ("none: silence", "silence")]
VARIANT_CHOICES = [
    ("plain", "plain"),
    ("“None of the above” is offered", "abstain"),
    ("think step by step first", "cot"),
]


@dataclass(frozen=True)
class Controls:
    """The gradio components that set a recipe: three always visible, and five manual ones in an accordion."""

    clip: Any
    condition: Any
    variant: Any
    picture: Any
    sound: Any
    donor: Any
    caption: Any
    long_context: Any
    hand: Any
    """The accordion "By hand", which contains the manual controls."""

    @property
    def by_hand(self) -> list[Any]:
        """Return the manual controls, which the choice of a condition sets."""
        return [self.picture, self.sound, self.donor, self.caption, self.long_context]

    @property
    def all(self) -> list[Any]:
        """Return all controls, in the order of the arguments of `recipe_from`."""
        return [self.clip, self.condition, self.variant, *self.by_hand]


def make_controls(space: Space, shown: Recipe) -> Controls:
    """Lay out the controls, with the values of a recipe."""
    import gradio as gr

    clips = clip_choices(space)
    classes = [(name.replace("_", " "), name) for name in space.library.gallery.classes]
    clip = gr.Dropdown(clips, value=shown.clip, label="Clip", elem_id="clip")
    condition = gr.Radio(
        CONDITION_CHOICES, value=_condition(space, shown), label="What is done to it", elem_id="condition"
    )
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
    """List the gallery's clips as pairs of a title, such as `Bowed string instrument 2`, and an id."""
    seen: Counter[str] = Counter()
    choices = []
    for clip in space.library.gallery.clips.values():
        seen[clip.class_name] += 1
        choices.append((f"{clip.class_name.replace('_', ' ')} {seen[clip.class_name]}", clip.id))
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
    """Build a recipe from the controls' values; a condition overrides the manual controls, which may lag behind it."""
    if condition != BY_HAND:
        return checked(of_condition(condition, clip, space.library, variant), space.library)
    recipe = Recipe(clip, picture, sound, donor or None, caption or None, long_context, variant)
    return checked(recipe, space.library)


def set_to(space: Space, recipe: Recipe) -> list[Any]:
    """Return the values that set all controls to a recipe, in the order of `Controls.all`."""
    return [recipe.clip, _condition(space, recipe), recipe.variant, *_by_hand(recipe)]


def by_condition(space: Space, clip: str, condition: str, *current: Any) -> list[Any]:
    """Return the values of the manual controls after the visitor has chosen a clip or condition."""
    return list(current) if condition == BY_HAND else _by_hand(of_condition(condition, clip, space.library))


def after_hand(
    space: Space, clip: str, picture: Picture, sound: Sound, donor: str | None, caption: str, long_context: bool
) -> list[Any]:
    """Return the condition that matches the manual controls, and the donor; choose a donor if it is missing."""
    if sound == "donor" and donor is None:
        donor = space.library.donor(clip)
    return [_condition(space, Recipe(clip, picture, sound, donor, caption or None, long_context)), donor]


def _condition(space: Space, recipe: Recipe) -> str:
    used = recipe if recipe.sound == "donor" else replace(recipe, donor=None)
    return exact_condition(used, space.library) or BY_HAND


def _by_hand(recipe: Recipe) -> list[Any]:
    return [recipe.picture, recipe.sound, recipe.donor, recipe.caption or "", recipe.long_context]
