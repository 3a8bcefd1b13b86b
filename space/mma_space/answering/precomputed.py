"""Examples whose answers come with the package, so that the first visitor sees a result without waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.files import write_text
from mma_space.answering.matrix import fill_matrix
from mma_space.answering.model_pair import Voices
from mma_space.answering.probing import Memory, Probed, probe, probed_of
from mma_space.clips.gallery import open_gallery
from mma_space.clips.library import Library
from mma_space.clips.recipe import Recipe
from mma_space.clips.share import parsed, recipe_of
from mma_space.settings import Settings

FILE = "precomputed.json"


@dataclass(frozen=True)
class Example:
    """A conflict worth looking at."""

    title: str
    query: str
    """Of its link."""


def examples(library: Library) -> list[Example]:
    """A few conflicts among the clips of a gallery: one of each kind, each with another class.

    >>> from mma_space.clips.gallery import open_gallery
    >>> [example.title for example in examples(Library(open_gallery(None, 12)))][0]
    'A picture of Canidae with the sound of Explosion'
    """
    clips = list(library.gallery.clips.values())
    start = next((k for k, clip in enumerate(clips) if clip.class_name in ("Canidae", "Dog")), 0)
    conflicted, captioned, silent, blind, long = (clips[(start + 3 * k) % len(clips)] for k in range(5))
    lent = library.describe(library.donor(conflicted.id)).sounds_like
    caption = library.gallery.caption(captioned.id, captioned.class_name, captioned.class_name)
    return [
        Example(
            f"A picture of {_said(conflicted.class_name)} with the sound of {_said(lent or '')}",
            f"clip={conflicted.id}&condition=misaligned",
        ),
        Example(
            f"{_said(captioned.class_name)}, captioned “{_said(caption)}”",
            f"clip={captioned.id}&condition=misleading_caption",
        ),
        Example(f"{_said(silent.class_name)} without its sound", f"clip={silent.id}&condition=audio_removed"),
        Example(f"{_said(blind.class_name)} in the dark", f"clip={blind.id}&condition=frames_zeroed"),
        Example(f"{_said(long.class_name)} and a thousand random letters", f"clip={long.id}&condition=long_context"),
    ]


def precompute(library: Library, voices: Voices, memory: Memory) -> dict[str, Any]:
    """The answers to all examples, and the whole matrix of the first: what the file holds.

    Raises:
        What `probe` does.
    """
    found: dict[str, Probed] = {}
    for example in examples(library):
        probed = probe(_recipe(example, library), library, voices, memory)
        found[probed.query] = probed
    first = _recipe(examples(library)[0], library)
    for rows in fill_matrix(first.clip, "plain", library, voices, memory):
        found |= {row.probed.query: row.probed for row in rows if row.probed}
    return {
        "voices": voices.identity,
        "gallery": library.gallery.identity,
        "probes": [probed.as_json() for probed in found.values()],
    }


def shipped_probes(library: Library, model: str, adapter: str | None) -> Mapping[str, Probed]:
    """The answers that came with the package, if they are about these clips and by this model.

    They are shown before the model is loaded, so it goes by its name; `are_still_true` looks again.
    """
    stored = _stored()
    if stored["gallery"] != library.gallery.identity or (model, adapter) != (Settings.model, Settings.adapter):
        return {}
    return {probe["query"]: probed_of(probe) for probe in stored["probes"]}


def are_still_true(voices: Voices) -> bool:
    """Whether a loaded model is the one that gave the answers which came along: its weights, its number format."""
    return bool(voices.identity == _stored()["voices"])


def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((files("mma_space") / "data" / FILE).read_text(encoding="utf-8"))
    return stored


def write_precomputed(out: Path) -> int:
    """Ask the shipped model the examples and write the file; returns the number of probes. For a release.

    Raises:
        NotReadyError: the model cannot be loaded.
    """
    settings = Settings()
    library, voices = Library(open_gallery(None, settings.clips)), Voices(settings.model, settings.adapter)
    voices.load()
    content = precompute(library, voices, Memory({}))
    write_text(out, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return len(content["probes"])


def _recipe(example: Example, library: Library) -> Recipe:
    return recipe_of(parsed(example.query), library)[0]


def _said(class_name: str) -> str:
    return class_name.replace("_", " ")
