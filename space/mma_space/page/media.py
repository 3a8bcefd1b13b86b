"""Lay out the components for media: the upload form and the video player."""

from pathlib import Path
from typing import Any, NamedTuple

from mma_space.clips.uploads import KEPT_SECONDS, MAX_BYTES, MAX_SECONDS, accept
from mma_space.page.sentences import telling
from mma_space.settings import Settings
from mma_space.space import Space

JsonObject = dict[str, Any]
"""JSON object returned by an endpoint."""


class UploadPart(NamedTuple):
    """The event of a finished upload, and the component that holds the endpoint's response."""

    event: Any
    found: Any


def upload_part(space: Space) -> UploadPart:
    """Lay out the upload form, and connect its events."""
    import gradio as gr

    classes = [("I do not say", ""), *((name.replace("_", " "), name) for name in space.library.gallery.classes)]
    file = gr.File(
        label=f"A video or a sound: at most {MAX_BYTES / 1e6:.0f} MB and {MAX_SECONDS:.0f} s; "
        f"the first {KEPT_SECONDS} s are used",
        file_count="single",
        type="filepath",
        elem_id="upload",
    )
    with gr.Row():
        shows = gr.Dropdown(classes, value="", label="Its picture shows", elem_id="shows")
        sounds_like = gr.Dropdown(classes, value="", label="Its sound is of", elem_id="sounds-like")
    add = gr.Button("Add it to the clips", elem_id="add")
    found = gr.JSON(visible=False)
    caution = "tiny-omni knows drawings of 12 things and nothing else: what it says of a recording means nothing."
    caution = caution if space.settings.model == Settings.model else ""
    notice = gr.Markdown(elem_id="upload-notice")

    def upload(file: str | None, shows: str, sounds_like: str) -> JsonObject:
        """Upload a video or sound file for use as a clip or donor; it is kept for a limited time.

        Args:
            file: a file of at most 50 MB and 60 s; the first 10 s are used.
            shows: class of its picture, needed to judge answers; empty if unknown.
            sounds_like: class of its sound, needed to judge answers; empty if unknown.

        Returns:
            `id` of the new clip, `notices` about changes to the file, `has_picture` and `has_sound`.
        """
        if file is None:
            raise gr.Error("Choose a file first.", print_exception=False)
        added = accept(Path(file), space.decoders, visual_class=shows or None, audio_class=sounds_like or None)
        space.library.add(added)
        described = {"id": added.id, "notices": list(added.notices)}
        return {**described, "has_picture": added.has_video, "has_sound": added.has_audio}

    event = add.click(telling(upload), [file, shows, sounds_like], found, api_name="upload", concurrency_limit=1)

    def confirm(found: JsonObject) -> tuple[str, None]:
        what = "Your video is the clip now." if found["has_picture"] else "Your sound is the clip's sound now."
        kept = "It is kept for a while only, and so do links to it work."
        return " ".join([what, *found["notices"], kept, caution]), None

    event = event.success(confirm, found, [notice, file], queue=False, api_visibility="private")
    return UploadPart(event, found)


def exact_video(**options: Any) -> Any:
    """Create a video player that serves files unchanged; gradio's own re-encodes some, such as VP9 in mp4.

    The player starts empty, because gradio would re-encode a value passed to the constructor. It is not a subclass of
    gr.Video, because gradio would write a stub file beside the source file.
    """
    import gradio as gr
    from gradio.data_classes import FileData

    def unchanged(value: str | Path | None) -> Any:
        return None if value is None else FileData(path=str(value), orig_name="clip.mp4", mime_type="video/mp4")

    player = gr.Video(**options)
    player.postprocess = unchanged
    return player
