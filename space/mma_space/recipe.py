"""What is done to a clip and how it is asked: a condition of the benchmark, or a combination made by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mma_bench.conditions import CONDITIONS
from mma_bench.errors import OptionsError
from mma_bench.prompts import VARIANTS, Variant
from mma_space.library import Library

Picture = Literal["own", "black"]
Sound = Literal["own", "donor", "silence"]


@dataclass(frozen=True)
class Recipe:
    """A clip with everything that is done to it."""

    clip: str
    """Whose picture it is."""
    picture: Picture = "own"
    sound: Sound = "own"
    donor: str | None = None
    """Whose sound it is, where `sound` is donor."""
    caption: str | None = None
    """The class that a false caption names."""
    long_context: bool = False
    variant: Variant = "plain"

    @property
    def condition(self) -> str | None:
        """The condition of the benchmark that this is; None where it was put together by hand.

        >>> Recipe("c", picture="black").condition, Recipe("c", picture="black", caption="Bird").condition
        ('frames_zeroed', None)
        """
        if self.caption and self.long_context:
            return None
        text = "caption" if self.caption else "long_context" if self.long_context else "plain"
        return next(
            (c.name for c in CONDITIONS.values() if (c.video, c.audio, c.text) == (self.picture, self.sound, text)),
            None,
        )


def of_condition(name: str, clip: str, library: Library, variant: Variant = "plain") -> Recipe:
    """A condition of the benchmark done to a clip, with the donor and the caption that belong to the clip.

    Raises:
        OptionsError: there is no such condition or clip.
    """
    if name not in CONDITIONS:
        raise OptionsError(f"condition {name!r}; expected one of {', '.join(CONDITIONS)}")
    condition, media = CONDITIONS[name], library.describe(clip)
    recipe = Recipe(clip, picture=condition.video, sound=condition.audio, variant=variant)
    if condition.audio == "donor":
        return replace(recipe, donor=library.donor(clip))
    if condition.text == "caption":
        return replace(recipe, caption=library.gallery.caption(clip, media.shows, media.sounds_like))
    return replace(recipe, long_context=condition.text == "long_context")


def checked(recipe: Recipe, library: Library) -> Recipe:
    """The recipe, if it can be made.

    Raises:
        OptionsError: it names a clip, a class or a variant that is not there, or a picture of sound alone.
    """
    if not library.describe(recipe.clip).has_picture:
        raise OptionsError(f"{recipe.clip} is a sound; choose a clip with a picture, and this as its sound")
    if recipe.sound == "donor":
        if recipe.donor is None:
            raise OptionsError("another clip's sound was asked for, and none named; choose whose sound it is")
        if not library.describe(recipe.donor).has_sound:
            raise OptionsError(f"{recipe.donor} has no sound to lend; choose another")
    if recipe.caption is not None and recipe.caption not in library.gallery.classes:
        raise OptionsError(f"caption {recipe.caption!r}; expected one of {', '.join(library.gallery.classes)}")
    if recipe.variant not in VARIANTS:
        raise OptionsError(f"variant {recipe.variant!r}; expected one of {', '.join(VARIANTS)}")
    return recipe if recipe.sound == "donor" else replace(recipe, donor=None)
