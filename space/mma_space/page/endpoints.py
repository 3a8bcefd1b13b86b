"""Publish the page's functions as named API endpoints, documented by their docstrings."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from inspect import isgeneratorfunction, signature
from typing import Any, Literal, get_args

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import VARIANTS, Variant
from mma_eval.scoring.results import chosen
from mma_space.answering.probing import fill_matrix, probe
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import Picture, Sound
from mma_space.page.controls import clip_choices, recipe_from
from mma_space.page.media import JsonObject, exact_video
from mma_space.page.probe_events import MODEL_QUEUE
from mma_space.page.results_tab import all_results
from mma_space.page.sentences import telling
from mma_space.space import Space

ConditionName = Literal[
    "aligned", "misaligned", "frames_zeroed", "audio_removed", "misleading_caption", "long_context", "by hand"
]


def publish_endpoints(space: Space) -> None:
    """Publish all endpoints but `/upload`, inside the layout of the page; `upload_part` publishes `/upload`."""
    import gradio as gr

    def clips() -> list[dict[str, str]]:
        """List the gallery's clips with their ids, titles, classes and donors in the condition misaligned."""
        gallery = space.library.gallery
        return [
            {"id": name, "title": title, "class": gallery.clips[name].class_name, "donor": gallery.donors[name]}
            for title, name in clip_choices(space)
        ]

    def conditions() -> list[JsonObject]:
        """List the conditions of the benchmark, with their changes to picture, sound and text."""
        return [asdict(c) for c in CONDITIONS.values()]

    def ask(
        clip: str,
        condition: ConditionName = "aligned",
        variant: Variant = "plain",
        picture: Picture = "own",
        sound: Sound = "own",
        donor: str | None = None,
        caption: str | None = None,
        long_context: bool = False,
    ) -> JsonObject:
        """Ask the base model and the tuned model both questions about a clip.

        Args:
            clip: id of a clip, from /clips or /upload.
            condition: condition of the benchmark; "by hand" applies the last five arguments instead.
            variant: form of the questions.
            picture: the clip's own picture, or black frames.
            sound: the clip's own sound, the donor's sound, or silence.
            donor: id of the clip that provides the sound, if sound is "donor".
            caption: class named by a false caption; null for no caption.
            long_context: true to append random letters to the questions.

        Returns:
            The clip's classes, and each answer with its text, verdict and the probability of each option.
        """
        recipe = recipe_from(space, clip, condition, variant, picture, sound, donor, caption, long_context)
        return probe(recipe, space.library, space.models, space.probes).as_json()

    def matrix(clip: str, variant: Variant = "plain") -> Iterator[list[JsonObject]]:
        """Probe a clip under every condition, yielding all rows before the first probe and after each one.

        In rows of conditions not yet probed, `probed` is null.
        """
        for rows in fill_matrix(clip, variant, space.library, space.models, space.probes):
            yield [{**asdict(row), "probed": row.probed.as_json() if row.probed else None} for row in rows]

    def results(condition: str | None = None, prompt: str | None = None) -> list[JsonObject]:
        """List published results and those of runs on this machine; null selects all conditions or both questions."""
        return [asdict(result) for result in chosen(all_results(space.settings.runs)[0], condition, prompt)]

    def play(
        clip: str,
        condition: str,
        variant: Variant,
        picture: Picture,
        sound: Sound,
        donor: str,
        caption: str,
        long_context: bool,
    ) -> str:
        """Return as an mp4 the clip that /probe, given the same arguments, would show to the models."""
        recipe = recipe_from(space, clip, condition, variant, picture, sound, donor, caption, long_context)
        return str(space.clip_cache.put(make_clip(recipe, space.library)))

    gr.api(_validated(clips), api_name="clips", queue=False)
    gr.api(_validated(conditions), api_name="conditions", queue=False)
    gr.api(_validated(results), api_name="results", queue=False)
    gr.api(_validated(ask), api_name="probe", concurrency_id=MODEL_QUEUE, concurrency_limit=1)
    gr.api(_validated(matrix), api_name="matrix", concurrency_id=MODEL_QUEUE, concurrency_limit=1)
    with gr.Column(visible=False):  # only a component can return a file
        arguments = [
            gr.Textbox(label="clip"),
            gr.Radio(list(get_args(ConditionName)), value="aligned", label="condition"),
            gr.Radio(list(VARIANTS), value="plain", label="variant"),
            gr.Radio(list(get_args(Picture)), value="own", label="picture"),
            gr.Radio(list(get_args(Sound)), value="own", label="sound"),
            gr.Textbox(label="donor"),
            gr.Textbox(label="caption"),
            gr.Checkbox(label="long_context"),
        ]
        gr.Button().click(telling(play), arguments, exact_video(label="clip"), api_name="play")


def _validated(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an endpoint to validate its arguments, whose types gradio documents but does not check."""
    from pydantic import validate_call

    validated = telling(validate_call(endpoint))
    shape = signature(endpoint)
    if isgeneratorfunction(endpoint):
        shape = shape.replace(return_annotation=get_args(shape.return_annotation)[0])
    validated.__signature__ = shape  # type: ignore[attr-defined]
    return validated
