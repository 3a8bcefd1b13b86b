"""A recipe as the query of a link, so that a finding can be shown to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl, urlencode

from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant
from mma_bench.core.errors import OptionsError
from mma_space.clips.library import Library
from mma_space.clips.recipe import Picture, Recipe, Sound, checked, condition_of, of_condition

NAMES = ("clip", "condition", "picture", "sound", "donor", "caption", "long_context", "variant", "prompt")
"""What a query may say."""


def query_of(recipe: Recipe, library: Library, prompt: Prompt | None = None) -> str:
    """The query that says a recipe: by its condition where that says all, part by part where it was made by hand.

    >>> from mma_space.clips.gallery import open_gallery
    >>> library = Library(open_gallery(None, 12))
    >>> query_of(Recipe("synthetic-test-0-00002", picture="black"), library, "audio")
    'clip=synthetic-test-0-00002&condition=frames_zeroed&prompt=audio'
    """
    said: dict[str, str] = {"clip": recipe.clip}
    condition = exact_condition(recipe, library)
    if condition is not None:
        said["condition"] = condition
    else:
        said |= {"picture": recipe.picture, "sound": recipe.sound}
        said |= {"donor": recipe.donor} if recipe.donor else {}
        said |= {"caption": recipe.caption} if recipe.caption else {}
        said |= {"long_context": "1"} if recipe.long_context else {}
    said |= {"variant": recipe.variant} if recipe.variant != "plain" else {}
    said |= {"prompt": prompt} if prompt else {}
    return urlencode(said)


def exact_condition(recipe: Recipe, library: Library) -> str | None:
    """The condition that says all of a recipe, its donor or caption too; None where it takes more words."""
    name = condition_of(recipe, library)
    alike = name is not None and of_condition(name, recipe.clip, library, recipe.variant) == recipe
    return name if alike else None


def parsed(query: str) -> dict[str, str]:
    """A query's names and values.

    >>> parsed("clip=c1&caption=Bird")
    {'clip': 'c1', 'caption': 'Bird'}
    """
    return dict(parse_qsl(query))


def recipe_of(query: Mapping[str, str], library: Library) -> tuple[Recipe, Prompt | None]:
    """What a link says; the inverse of `query_of`.

    Raises:
        OptionsError: it names what is not there.
    """
    given = {name: query[name][:200] for name in NAMES if query.get(name)}
    prompt, variant = given.get("prompt"), cast(Variant, given.get("variant", "plain"))
    if prompt is not None and prompt not in PROMPTS:
        raise OptionsError(f"prompt={prompt}; expected {' or '.join(PROMPTS)}")
    clip = given.get("clip") or next(iter(library.gallery.clips))
    if "condition" in given:
        recipe = of_condition(given["condition"], clip, library, variant)
    else:
        recipe = Recipe(
            clip,
            picture=cast(Picture, given.get("picture", "own")),
            sound=cast(Sound, given.get("sound", "own")),
            donor=given.get("donor"),
            caption=given.get("caption"),
            long_context=given.get("long_context") == "1",
            variant=variant,
        )
    return checked(recipe, library), prompt


def with_prompt(query: str, prompt: Prompt) -> str:
    """A link's query that points at one of the two questions.

    >>> with_prompt("clip=c1&condition=aligned", "audio")
    'clip=c1&condition=aligned&prompt=audio'
    """
    return f"{query}&{urlencode({'prompt': prompt})}"
