"""Define recipes: how a clip is modified and asked about, by a condition of the benchmark or by hand."""

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
    """The modifications of a clip and the form of the questions; fields are named as in a link query."""

    clip: str
    """Name of the clip that provides the video."""
    picture: Picture = "own"
    sound: Sound = "own"
    donor: str | None = None
    """Name of the clip that provides the audio if `sound` is donor."""
    caption: str | None = None
    """Class named by the misleading caption."""
    long_context: bool = False
    variant: Variant = "plain"


def condition_of(recipe: Recipe, library: Library) -> str | None:
    """Return the condition of the benchmark that corresponds to a recipe; None if there is none.

    A condition requires a conflict: the donor's class must be known and differ from the visual class, and the caption's
    class must differ from the visual and the audio class.
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
    """Build the recipe of a condition for a clip, with the clip's donor or caption.

    Raises:
        OptionsError: the condition or clip does not exist.
    """
    if name not in CONDITIONS:
        raise OptionsError(f"unknown condition {name[:40]!r}; expected one of {', '.join(CONDITIONS)}")
    condition, media = CONDITIONS[name], library.describe(clip)
    recipe = Recipe(clip, picture=condition.video, sound=condition.audio, variant=variant)
    if condition.audio == "donor":
        return replace(recipe, donor=library.donor(clip))
    if condition.text == "caption":
        return replace(recipe, caption=library.gallery.caption(clip, media.visual_class, media.audio_class))
    return replace(recipe, long_context=condition.text == "long_context")


def checked(recipe: Recipe, library: Library) -> Recipe:
    """Validate a recipe, and return it without an unused donor.

    Raises:
        OptionsError: a value is unknown, the donor is missing, or a clip lacks the required stream.
    """
    for name, value, kind in (("picture", recipe.picture, Picture), ("sound", recipe.sound, Sound)):
        if value not in get_args(kind):
            raise OptionsError(f"unknown {name} {str(value)[:40]!r}; expected one of {', '.join(get_args(kind))}")
    if not library.describe(recipe.clip).has_video:
        raise OptionsError(f"{recipe.clip} has no picture; choose a clip with one, and this as its sound")
    if recipe.sound == "donor":
        if recipe.donor is None:
            raise OptionsError("no donor is named for another clip's sound; choose one")
        if not library.describe(recipe.donor).has_audio:
            raise OptionsError(f"{recipe.donor} has no sound; choose another donor")
    if recipe.caption is not None and recipe.caption not in library.gallery.classes:
        raise OptionsError(
            f"unknown caption {recipe.caption[:40]!r}; expected one of {', '.join(library.gallery.classes)}"
        )
    if recipe.variant not in VARIANTS:
        raise OptionsError(f"unknown variant {recipe.variant[:40]!r}; expected one of {', '.join(VARIANTS)}")
    return recipe if recipe.sound == "donor" else replace(recipe, donor=None)
