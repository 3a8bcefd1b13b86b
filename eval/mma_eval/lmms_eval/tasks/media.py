"""Pass the video and the audio of a row to the models of lmms-eval.

The models take files, so the media of a row are written once to the folder `mma_bench` in HF_HOME.
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
    """Make the chat message of a row: the video without audio, the audio on its own, and the question.

    Most models of lmms-eval ignore the audio of a video file; the others would get the audio twice.

    Args:
        doc: a row, as `rows.py` makes it.
        lmms_eval_specific_kwargs: `sound` is "file" for a path, or "data_url" for the FLAC in base64.
    """
    mp4, flac = doc["video.bytes"], doc["audio.bytes"]
    video = _file(mp4, "silent.mp4", _without_audio)
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
    """Return the video with its audio, for models that take one file."""
    return [str(_file(doc["video.bytes"], "mp4"))]


def _file(data: bytes, suffix: str, change: Callable[[bytes], bytes] = bytes) -> Path:
    """Return the path of a file with the changed data, and write it if it is missing."""
    folder = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser() / "mma_bench"
    path = folder / f"{hashlib.sha256(data).hexdigest()}.{suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        content = change(data)
        # Several processes and threads may write the file at once; none may read half of it.
        with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as partial:
            partial.write(content)
        Path(partial.name).replace(path)
    return path


def _without_audio(mp4: bytes) -> bytes:
    """Copy the video packets into an mp4 without audio."""
    buffer = io.BytesIO()
    with av.open(io.BytesIO(mp4)) as source, av.open(buffer, "w", format="mp4") as out:
        video = source.streams.video[0]
        stream = out.add_stream_from_template(video, opaque=True)
        for packet in source.demux(video):
            if packet.dts is not None:  # demuxing ends with an empty packet
                packet.stream = stream
                out.mux(packet)
    return buffer.getvalue()
