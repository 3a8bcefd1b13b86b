"""Render recipes into the clips that the page plays and the model receives."""

import hashlib
from dataclasses import dataclass

from mma_bench.benchmark.prompts import PROMPTS, Prompt, as_variant, question, with_caption, with_long_context
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.sound import encode_flac, read_sound
from mma_eval.model import Clip, Question
from mma_space.clips.gallery import SEED, Gallery, Library
from mma_space.clips.recipe import Recipe


@dataclass(frozen=True)
class MadeClip:
    """A clip rendered from a recipe, with its questions and classes."""

    recipe: Recipe
    clip: Clip
    questions: tuple[Question, ...]
    """The visual question and the audio question."""
    visual_class: str | None
    """Class of the video, even if its frames are black; None if unknown."""
    audio_class: str | None
    """Class of the audio, even if it is replaced by silence; None if unknown."""

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the mp4."""
        return hashlib.sha256(self.clip.video).hexdigest()


def make_clip(recipe: Recipe, library: Library) -> MadeClip:
    """Render the clip of a recipe; takes milliseconds, since packets are copied.

    Raises:
        OptionsError: the clip or its donor does not exist, or was an upload that is no longer kept.
        ClipError: the clip or its donor cannot be read.
    """
    own, mp4 = library.describe(recipe.clip), library.read(recipe.clip)
    audio_class, audio_present = own.audio_class, own.has_audio and recipe.sound != "silence"
    if recipe.sound == "donor" and recipe.donor is not None:
        mp4 = swap_sound(mp4, library.read(recipe.donor))
        audio_class, audio_present = library.describe(recipe.donor).audio_class, True
    elif recipe.sound == "silence":
        mp4 = remove_sound(mp4)
    if recipe.picture == "black":
        mp4 = zero_frames(mp4)
    clip = Clip(
        id=recipe.clip,
        video=mp4,
        audio=encode_flac(read_sound(mp4)),
        visual_present=recipe.picture != "black",
        audio_present=audio_present,
    )
    questions = tuple(_question(recipe, prompt, library.gallery) for prompt in PROMPTS)
    return MadeClip(recipe, clip, questions, own.visual_class, audio_class)


def _question(recipe: Recipe, prompt: Prompt, gallery: Gallery) -> Question:
    text = as_variant(question(prompt, gallery.classes), prompt, recipe.variant)
    if recipe.caption is not None:
        text = with_caption(text, recipe.caption)
    if recipe.long_context:
        text = with_long_context(text, gallery.long_context, seed=SEED, clip_id=recipe.clip)
    return Question(recipe.clip, prompt, recipe.variant, 0, text, gallery.classes)
