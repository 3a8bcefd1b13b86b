"""Say what is done to a clip, and how it is asked: a condition of the benchmark, or a combination made by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import VARIANTS, Variant
from mma_bench.core.errors import OptionsError
from mma_space.clips.library import Library

Picture = Literal["own", "black"]
Sound = Literal["own", "donor", "silence"]


@dataclass(frozen=True)
class Recipe:
    """A clip, what is done to it, and how it is asked. The names are those of a link's query."""

    clip: str
    """The clip whose video is used."""
    picture: Picture = "own"
    sound: Sound = "own"
    donor: str | None = None
    """The clip whose audio is used, if `sound` is donor."""
    caption: str | None = None
    """The class in the misleading caption."""
    long_context: bool = False
    variant: Variant = "plain"


def condition_of(recipe: Recipe, library: Library) -> str | None:
    """Return the condition of the benchmark that a recipe corresponds to; None if there is none.

    Without a conflict there is none: the donor's class must be known and differ from the visual class, the caption's
    class from the visual and the audio class.
    """
    own = library.describe(recipe.clip)
    if recipe.caption and (recipe.long_context or recipe.caption in (own.visual_class, own.audio_class)):
        return None
    if recipe.sound == "donor":
        lent = library.describe(recipe.donor or recipe.clip).audio_class
        if own.visual_class is None or lent in (None, own.visual_class):
            return None
    text = "caption" if recipe.caption else "long_context" if recipe.long_context else "plain"
    done = (recipe.picture, recipe.sound, text)
    return next((c.name for c in CONDITIONS.values() if (c.video, c.audio, c.text) == done), None)


def of_condition(name: str, clip: str, library: Library, variant: Variant = "plain") -> Recipe:
    """Make the recipe of a condition for a clip, with the clip's donor and caption.

    Raises:
        OptionsError: there is no such condition or clip.
    """
    if name not in CONDITIONS:
        raise OptionsError(f"condition {name[:40]!r}; expected one of {', '.join(CONDITIONS)}")
    condition, media = CONDITIONS[name], library.describe(clip)
    recipe = Recipe(clip, picture=condition.video, sound=condition.audio, variant=variant)
    if condition.audio == "donor":
        return replace(recipe, donor=library.donor(clip))
    if condition.text == "caption":
        return replace(recipe, caption=library.gallery.caption(clip, media.visual_class, media.audio_class))
    return replace(recipe, long_context=condition.text == "long_context")


def checked(recipe: Recipe, library: Library) -> Recipe:
    """Return the recipe if it can be made, without a donor that it does not use.

    Raises:
        OptionsError: it names a clip, class or variant that does not exist, or the video of a clip that has none.
    """
    for name, value, kind in (("picture", recipe.picture, Picture), ("sound", recipe.sound, Sound)):
        if value not in get_args(kind):
            raise OptionsError(f"{name}={str(value)[:40]!r}; expected one of {', '.join(get_args(kind))}")
    if not library.describe(recipe.clip).has_video:
        raise OptionsError(f"{recipe.clip} is a sound; choose a clip with a picture, and this as its sound")
    if recipe.sound == "donor":
        if recipe.donor is None:
            raise OptionsError("another clip's sound was asked for, and none named; choose whose sound it is")
        if not library.describe(recipe.donor).has_audio:
            raise OptionsError(f"{recipe.donor} has no sound to lend; choose another")
    if recipe.caption is not None and recipe.caption not in library.gallery.classes:
        raise OptionsError(f"caption {recipe.caption[:40]!r}; expected one of {', '.join(library.gallery.classes)}")
    if recipe.variant not in VARIANTS:
        raise OptionsError(f"variant {recipe.variant[:40]!r}; expected one of {', '.join(VARIANTS)}")
    return recipe if recipe.sound == "donor" else replace(recipe, donor=None)
