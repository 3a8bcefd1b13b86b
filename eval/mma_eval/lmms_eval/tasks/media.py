"""The picture and the sound of a row, as lmms-eval's models take them.

Models take files, so a row's media are written to `mma_bench` in the folder of HF_HOME, each once.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av


def doc_to_messages(doc: Mapping[str, Any], lmms_eval_specific_kwargs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The question of a row to a chat model: the picture without its sound, the sound by itself, the text.

    Most models of lmms-eval do not hear the sound of a video, and those that do would hear it twice.

    Args:
        doc: a row, as `rows.py` makes it.
        lmms_eval_specific_kwargs: `sound` is "file" for a path or "data_url" for the FLAC in base64.
    """
    mp4, flac = doc["video.bytes"], doc["audio.bytes"]
    video = _file(mp4, "silent.mp4", _without_sound)
    if lmms_eval_specific_kwargs["sound"] == "data_url":
        audio = f"data:audio/flac;base64,{base64.b64encode(flac).decode()}"
    else:
        audio = str(_file(flac, "flac"))
    content = [
        {"type": "video", "url": str(video)},
        {"type": "audio", "url": audio},
        {"type": "text", "text": doc["question"]},
    ]
    return [{"role": "user", "content": content}]


def doc_to_visual(doc: Mapping[str, Any]) -> list[str]:
    """The media of a row for a model that takes one file: the video with its sound."""
    return [str(_file(doc["video.bytes"], "mp4"))]


def _file(data: bytes, suffix: str, change: Callable[[bytes], bytes] = bytes) -> Path:
    """A file that holds data, changed; written unless it is there."""
    folder = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser() / "mma_bench"
    path = folder / f"{hashlib.sha256(data).hexdigest()}.{suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        content = change(data)
        # Several processes and threads may want it at once, and none of them half a file.
        with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as partial:
            partial.write(content)
        Path(partial.name).replace(path)
    return path


def _without_sound(mp4: bytes) -> bytes:
    """The picture's packets, copied."""
    buffer = io.BytesIO()
    with av.open(io.BytesIO(mp4)) as source, av.open(buffer, "w", format="mp4") as out:
        picture = source.streams.video[0]
        stream = out.add_stream_from_template(picture, opaque=True)
        for packet in source.demux(picture):
            if packet.dts is not None:  # the last one, which is empty
                packet.stream = stream
                out.mux(packet)
    return buffer.getvalue()
