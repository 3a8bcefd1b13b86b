"""Precompute and read the answers that ship for the example clips, so that the first visitor sees results at once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from mma_bench.core.records import Items, Record, Text, parse_json, write_record
from mma_space.answering.model_pair import ModelPair
from mma_space.answering.probing import ProbeCache, Probed, fill_matrix, probe
from mma_space.clips.gallery import Library, open_gallery
from mma_space.clips.recipe import recipe_of
from mma_space.settings import Settings

FILE = "precomputed.json"


class PrecomputedAnswers(Record):
    """Content of precomputed.json: answers to all examples, and to the first example's clip under every condition."""

    voices: Text
    """`ModelPair.identity` of the models that gave the answers."""
    gallery: Text
    """`Gallery.identity` of the clips that the answers are about."""
    probes: Items[Probed]


class Example(NamedTuple):
    """An example conflict, offered as a button on the page."""

    title: str
    query: str
    """Link query that reproduces the example."""


def examples(library: Library) -> list[Example]:
    """Choose one example per kind of conflict from a gallery's clips.

    >>> from mma_space.clips.gallery import open_gallery
    >>> [example.title for example in examples(Library(open_gallery(None, 12)))][0]
    'A picture of Canidae with the sound of Explosion'
    """
    clips = list(library.gallery.clips.values())
    start = next((k for k, clip in enumerate(clips) if clip.class_name in ("Canidae", "Dog")), 0)
    swapped, captioned, silent, black, long = (clips[(start + 3 * k) % len(clips)] for k in range(5))
    lent = library.describe(library.donor(swapped.id)).audio_class
    caption = library.gallery.caption(captioned.id, captioned.class_name, captioned.class_name)
    chosen = [
        (f"A picture of {swapped.class_name} with the sound of {lent}", swapped, "misaligned"),
        (f"{captioned.class_name}, captioned “{caption}”", captioned, "misleading_caption"),
        (f"{silent.class_name} without its sound", silent, "audio_removed"),
        (f"{black.class_name} in the dark", black, "frames_zeroed"),
        (f"{long.class_name} and a thousand random letters", long, "long_context"),
    ]
    return [Example(title.replace("_", " "), f"clip={clip.id}&condition={name}") for title, clip, name in chosen]


def precompute(library: Library, models: ModelPair) -> PrecomputedAnswers:
    """Probe all examples, and the first example's clip under every condition."""
    cache = ProbeCache({})
    recipes = [recipe_of(example.query, library)[0] for example in examples(library)]
    found = [probe(recipe, library, models, cache) for recipe in recipes]
    *_, rows = fill_matrix(recipes[0].clip, "plain", library, models, cache)
    probes = {probed.query: probed for probed in (*found, *(row.probed for row in rows)) if probed}
    return PrecomputedAnswers(
        voices=models.identity or "", gallery=library.gallery.identity, probes=tuple(probes.values())
    )


def shipped_probes(library: Library, model: str, adapter: str | None) -> Mapping[str, Probed]:
    """Return the shipped answers by link query; empty if they are from other models or about other clips.

    The page shows them while the model loads. Afterwards, `are_still_true` checks that the loaded model gave them.
    """
    stored = _stored()
    if stored.gallery != library.gallery.identity or (model, adapter) != (Settings.model, Settings.adapter):
        return {}
    return {probed.query: probed for probed in stored.probes}


def are_still_true(models: ModelPair) -> bool:
    """Return True if the loaded models have the identity of those that gave the shipped answers."""
    return models.identity == _stored().voices


@cache
def _stored() -> PrecomputedAnswers:
    content = parse_json((files("mma_space") / "data" / FILE).read_bytes())
    return PrecomputedAnswers.from_json(content, where=FILE, made_by="write_precomputed")


def write_precomputed(out: Path) -> int:
    """Answer the examples with the shipped models, write precomputed.json, and return the number of probes."""
    settings = Settings()
    library, models = Library(open_gallery(None, settings.clips)), ModelPair(settings.model, settings.adapter)
    models.load()
    content = precompute(library, models)
    write_record(out, content)
    return len(content.probes)
