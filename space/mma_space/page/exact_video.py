"""A player of exactly the bytes that it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def exact_video(**options: Any) -> Any:
    """gradio's player, which by itself encodes anew what it does not know to play, such as VP9 in mp4.

    It begins empty: what is given to the constructor would go gradio's way. Not a class of our own: gradio writes a
    stub file beside the source of each.
    """
    import gradio as gr

    player = gr.Video(**options)
    player.postprocess = _as_it_is
    return player


def _as_it_is(value: str | Path | None) -> Any:
    from gradio.data_classes import FileData

    return None if value is None else FileData(path=str(value), orig_name="clip.mp4", mime_type="video/mp4")
