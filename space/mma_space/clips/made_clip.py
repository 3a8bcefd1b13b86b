"""The clip that a recipe makes: what the page plays, and what the model gets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mma_bench.benchmark.distractors import with_caption, with_long_context
from mma_bench.benchmark.prompts import PROMPTS, Prompt, as_variant, question
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.sound import encode_flac, read_sound
from mma_eval.model import Clip, Question
from mma_space.clips.gallery import SEED, Gallery
from mma_space.clips.library import Library
from mma_space.clips.recipe import Recipe


@dataclass(frozen=True)
class MadeClip:
    """A clip with its questions and what would be right."""

    recipe: Recipe
    clip: Clip
    questions: tuple[Question, ...]
    """About the picture, and about the sound."""
    shows: str | None
    """The class of its picture, before anything was blackened; None where nobody said."""
    sounds_like: str | None
    """The class of its sound; where there is silence, that of its own sound."""

    @property
    def sha256(self) -> str:
        """Digest of the mp4."""
        return hashlib.sha256(self.clip.video).hexdigest()


def make_clip(recipe: Recipe, library: Library) -> MadeClip:
    """Make the clip of a recipe; packets are copied, so it takes milliseconds.

    Raises:
        OptionsError: a clip is no longer there.
        ClipError: the clip cannot be read.
    """
    own = library.describe(recipe.clip)
    mp4 = library.read(recipe.clip)
    sounds_like, heard = own.sounds_like, own.has_sound and recipe.sound != "silence"
    if recipe.sound == "donor" and recipe.donor is not None:
        mp4 = swap_sound(mp4, library.read(recipe.donor))
        sounds_like, heard = library.describe(recipe.donor).sounds_like, True
    elif recipe.sound == "silence":
        mp4 = remove_sound(mp4)
    if recipe.picture == "black":
        mp4 = zero_frames(mp4)
    clip = Clip(
        id=recipe.clip,
        video=mp4,
        audio=encode_flac(read_sound(mp4)),
        visual_present=recipe.picture != "black",
        audio_present=heard,
    )
    return MadeClip(recipe, clip, _questions(recipe, library.gallery), own.shows, sounds_like)


def _questions(recipe: Recipe, gallery: Gallery) -> tuple[Question, ...]:
    return tuple(
        Question(recipe.clip, prompt, recipe.variant, 0, _text(recipe, prompt, gallery), gallery.classes)
        for prompt in PROMPTS
    )


def _text(recipe: Recipe, prompt: Prompt, gallery: Gallery) -> str:
    asked = as_variant(question(prompt, gallery.classes), prompt, recipe.variant)
    if recipe.caption is not None:
        asked = with_caption(asked, recipe.caption)
    if recipe.long_context:
        asked = with_long_context(asked, gallery.long_context, seed=SEED, clip_id=recipe.clip)
    return asked
