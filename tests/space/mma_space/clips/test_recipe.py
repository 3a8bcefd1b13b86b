"""A recipe is a condition, or what was put together by hand; a link says either."""

from urllib.parse import parse_qsl

import pytest

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import OptionsError
from mma_space.clips.gallery import Library
from mma_space.clips.recipe import Recipe, checked, condition_of, of_condition, query_of, recipe_of


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("variant", ["plain", "abstain", "cot"])
def test_a_condition_survives_its_link(condition: str, variant: str, library: Library) -> None:
    clip = list(library.gallery.clips)[7]
    recipe = of_condition(condition, clip, library, variant)
    assert condition_of(recipe, library) == condition
    query = query_of(recipe, library, "audio")
    assert dict(parse_qsl(query))["condition"] == condition
    assert recipe_of(query, library) == (recipe, "audio")


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": "black", "sound": "donor"},
        {"picture": "black", "sound": "silence", "caption": "Bird"},
        {"caption": "Bird", "long_context": True, "variant": "abstain"},
        {"sound": "donor"},
    ],
)
def test_work_by_hand_survives_its_link(changes: dict[str, object], library: Library) -> None:
    clip, other = list(library.gallery.clips)[3], list(library.gallery.clips)[11]
    donor = {"donor": other} if changes.get("sound") == "donor" else {}
    recipe = Recipe(clip, **changes, **donor)  # type: ignore[arg-type]
    assert recipe_of(query_of(recipe, library), library) == (recipe, None)


def test_without_a_conflict_it_is_no_condition(library: Library) -> None:
    dogs = [c.id for c in library.gallery.clips.values() if c.class_name == "Canidae"]
    for recipe in (
        Recipe(dogs[0], sound="donor", donor=dogs[0]),
        Recipe(dogs[0], sound="donor", donor=dogs[1]),
        Recipe(dogs[0], caption="Canidae"),
    ):
        assert condition_of(recipe, library) is None


def test_every_clip_gets_the_sound_of_another_class(library: Library) -> None:
    for clip in library.gallery.clips:
        recipe = of_condition("misaligned", clip, library)
        assert recipe.donor is not None
        assert library.describe(recipe.donor).audio_class != library.describe(clip).visual_class
        captioned = of_condition("misleading_caption", clip, library).caption
        assert captioned not in (None, library.describe(clip).visual_class)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"clip": "../../etc/passwd"}, "there is no clip"),
        ({"clip": "upload-0123"}, "no longer here"),
        ({"clip": "CLIP", "condition": "upside_down"}, "expected one of aligned"),
        ({"clip": "CLIP", "sound": "donor"}, "no donor is named"),
        ({"clip": "CLIP", "sound": "donor", "donor": "nobody"}, "there is no clip"),
        ({"clip": "CLIP", "caption": "<script>"}, "expected one of"),
        ({"clip": "CLIP", "variant": "rude"}, "variant"),
        ({"clip": "CLIP", "picture": "upside-down"}, "unknown picture .*expected one of own, black"),
        ({"clip": "CLIP", "prompt": "smell"}, "expected visual or audio"),
    ],
)
def test_a_link_to_what_is_not_there_is_refused(query: dict[str, str], said: str, library: Library) -> None:
    first = next(iter(library.gallery.clips))
    with pytest.raises(OptionsError, match=said):
        recipe_of({name: first if value == "CLIP" else value for name, value in query.items()}, library)


def test_a_donor_that_is_not_used_is_forgotten(library: Library) -> None:
    clip, other = list(library.gallery.clips)[:2]
    assert checked(Recipe(clip, donor=other), library) == Recipe(clip)
