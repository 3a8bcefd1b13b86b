"""Define recipes, which say how to modify a clip and its questions, and convert them to and from link queries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args
from urllib.parse import parse_qsl, urlencode

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS, Prompt, Variant
from mma_bench.core.errors import OptionsError
from mma_space.clips.gallery import Library

NAMES = ("clip", "condition", "picture", "sound", "donor", "caption", "long_context", "variant", "prompt")
"""Parameter names of a link query."""
Picture = Literal["own", "black"]
Sound = Literal["own", "donor", "silence"]


@dataclass(frozen=True)
class Recipe:
    """Modifications of a clip and its questions; the fields are named as in a link query."""

    clip: str
    """Name of the clip that provides the video."""
    picture: Picture = "own"
    sound: Sound = "own"
    donor: str | None = None
    """Name of the clip that provides the audio if `sound` is donor."""
    caption: str | None = None
    """Class named by the misleading caption; None without a caption."""
    long_context: bool = False
    variant: Variant = "plain"


def condition_of(recipe: Recipe, library: Library) -> str | None:
    """Return the benchmark's condition that corresponds to a recipe; None if there is none.

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
    """Build the recipe of a condition for a clip; raise OptionsError if the condition or the clip does not exist."""
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
    """Validate a recipe, and return it; remove its donor if `sound` does not use one.

    Raises:
        OptionsError: a value is unknown, the donor is missing, or a clip lacks the required stream.
    """
    for name, value, kind in (("picture", recipe.picture, Picture), ("sound", recipe.sound, Sound)):
        if value not in get_args(kind):
            raise OptionsError(f"unknown {name} {str(value)[:40]!r}; expected one of {', '.join(get_args(kind))}")
    if not library.describe(recipe.clip).has_video:
        raise OptionsError(f"{recipe.clip} has no picture; choose another clip, and {recipe.clip} as its donor")
    if recipe.sound == "donor":
        if recipe.donor is None:
            raise OptionsError("no donor is named, but another clip's sound is requested; choose a donor")
        if not library.describe(recipe.donor).has_audio:
            raise OptionsError(f"{recipe.donor} has no sound; choose another donor")
    if recipe.caption is not None and recipe.caption not in library.gallery.classes:
        raise OptionsError(
            f"unknown caption {recipe.caption[:40]!r}; expected one of {', '.join(library.gallery.classes)}"
        )
    if recipe.variant not in VARIANTS:
        raise OptionsError(f"unknown variant {recipe.variant[:40]!r}; expected one of {', '.join(VARIANTS)}")
    return recipe if recipe.sound == "donor" else replace(recipe, donor=None)


def query_of(recipe: Recipe, library: Library, prompt: Prompt | None = None) -> str:
    """Encode a recipe as a link query: by its condition if that yields exactly this recipe, else by its fields.

    >>> from mma_space.clips.gallery import open_gallery
    >>> library = Library(open_gallery(None, 12))
    >>> query_of(Recipe("synthetic-test-0-00002", picture="black"), library, "audio")
    'clip=synthetic-test-0-00002&condition=frames_zeroed&prompt=audio'
    """
    condition = exact_condition(recipe, library)
    by_hand = {name: getattr(recipe, name) for name in ("picture", "sound", "donor", "caption")}
    by_hand["long_context"] = int(recipe.long_context)
    query = {
        "clip": recipe.clip,
        **({"condition": condition} if condition else by_hand),
        "variant": None if recipe.variant == "plain" else recipe.variant,
        "prompt": prompt,
    }
    return urlencode({name: value for name, value in query.items() if value})


def exact_condition(recipe: Recipe, library: Library) -> str | None:
    """Return the condition that yields exactly this recipe, including donor and caption; None if there is none."""
    name = condition_of(recipe, library)
    same = name is not None and of_condition(name, recipe.clip, library, recipe.variant) == recipe
    return name if same else None


def recipe_of(query: str | Mapping[str, str], library: Library) -> tuple[Recipe, Prompt | None]:
    """Decode a link query from a string or a mapping; raise OptionsError if it names something that does not exist."""
    query = dict(parse_qsl(query)) if isinstance(query, str) else query
    given = {name: query[name][:200] for name in NAMES if query.get(name)}
    prompt, variant = given.get("prompt"), cast(Variant, given.get("variant", "plain"))
    if prompt is not None and prompt not in PROMPTS:
        raise OptionsError(f"unknown prompt {prompt!r}; expected {' or '.join(PROMPTS)}")
    clip = given.get("clip") or next(iter(library.gallery.clips))
    if "condition" in given:
        recipe = of_condition(given["condition"], clip, library, variant)
    else:
        by_hand: dict[str, Any] = {k: given[k] for k in ("picture", "sound", "donor", "caption") if k in given}
        recipe = Recipe(clip, long_context=given.get("long_context") == "1", variant=variant, **by_hand)
    return checked(recipe, library), prompt
