"""Encode recipes as link queries and decode them, so that visitors can share findings."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl, urlencode

from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant
from mma_bench.core.errors import OptionsError
from mma_space.clips.library import Library
from mma_space.clips.recipe import Picture, Recipe, Sound, checked, condition_of, of_condition

NAMES = ("clip", "condition", "picture", "sound", "donor", "caption", "long_context", "variant", "prompt")
"""Parameter names of a link query."""


def query_of(recipe: Recipe, library: Library, prompt: Prompt | None = None) -> str:
    """Encode a recipe as a link query, by its condition if that is exact, else by its parts.

    >>> from mma_space.clips.gallery import open_gallery
    >>> library = Library(open_gallery(None, 12))
    >>> query_of(Recipe("synthetic-test-0-00002", picture="black"), library, "audio")
    'clip=synthetic-test-0-00002&condition=frames_zeroed&prompt=audio'
    """
    query: dict[str, str] = {"clip": recipe.clip}
    condition = exact_condition(recipe, library)
    if condition is not None:
        query["condition"] = condition
    else:
        query |= {"picture": recipe.picture, "sound": recipe.sound}
        query |= {"donor": recipe.donor} if recipe.donor else {}
        query |= {"caption": recipe.caption} if recipe.caption else {}
        query |= {"long_context": "1"} if recipe.long_context else {}
    query |= {"variant": recipe.variant} if recipe.variant != "plain" else {}
    query |= {"prompt": prompt} if prompt else {}
    return urlencode(query)


def exact_condition(recipe: Recipe, library: Library) -> str | None:
    """Return the condition that yields exactly this recipe, including donor and caption; None if there is none."""
    name = condition_of(recipe, library)
    same = name is not None and of_condition(name, recipe.clip, library, recipe.variant) == recipe
    return name if same else None


def parsed(query: str) -> dict[str, str]:
    """Split a query into a mapping of names to values.

    >>> parsed("clip=c1&caption=Bird")
    {'clip': 'c1', 'caption': 'Bird'}
    """
    return dict(parse_qsl(query))


def recipe_of(query: Mapping[str, str], library: Library) -> tuple[Recipe, Prompt | None]:
    """Decode a link query, the inverse of `query_of`.

    Raises:
        OptionsError: the query names something that does not exist.
    """
    given = {name: query[name][:200] for name in NAMES if query.get(name)}
    prompt, variant = given.get("prompt"), cast(Variant, given.get("variant", "plain"))
    if prompt is not None and prompt not in PROMPTS:
        raise OptionsError(f"unknown prompt {prompt!r}; expected {' or '.join(PROMPTS)}")
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
    """Return a query that points at one of the two questions.

    >>> with_prompt("clip=c1&condition=aligned", "audio")
    'clip=c1&condition=aligned&prompt=audio'
    """
    return f"{query}&{urlencode({'prompt': prompt})}"
