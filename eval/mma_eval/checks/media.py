"""Build the three versions of a clip that the checks present: video only, audio only, and both."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import black
from mma_bench.media.container import reading
from mma_bench.media.demux import read_recording
from mma_bench.media.operations import silence_like
from mma_bench.media.probe import probe
from mma_bench.media.sound import MAX_SILENT, encode_flac, read_sound
from mma_bench.media.standardise import as_standard
from mma_bench.media.tracks import mux_mp4
from mma_eval.model import Clip

_MAX_BLACK = 24
"""Largest pixel value (0 to 255) in a frame that counts as black; compression artefacts of black stay below it."""

Medium = Literal["both", "picture", "sound"]
"""both: the whole clip; picture: its video with digital silence; sound: its audio with black frames."""


def media_of(file: Path, clip_id: str) -> Mapping[Medium, Clip]:
    """Build a clip's media as in the conditions aligned, audio_removed and frames_zeroed.

    Media with the same video or audio share its cache key, so that a model may encode the stream once.

    Args:
        file: a clip in any format that ffmpeg reads.
        clip_id: id of the clip in messages and answers.

    Raises:
        ClipError: the file cannot be read or lacks a stream, or its video is black or its audio silent. Such clips are
            not put to the model, since some models say yes to black frames.
    """
    probe(file)  # first, since it rejects anything but a regular file
    mp4 = as_standard(file)
    with read_recording(mp4, name=str(file)) as recording, reading(str(file)):
        video, audio = recording.require_video(), recording.require_audio()
        if all(frame.to_ndarray(format="gray").max() <= _MAX_BLACK for frame in video.decoded()):
            raise ClipError(str(file), "black", "every frame is black")
        samples = read_sound(mp4)
        if abs(samples).max() <= MAX_SILENT:
            raise ClipError(str(file), "silent", "nothing is to be heard")
        no_video, no_audio = black(video), silence_like(recording)
        flac, silent_flac = encode_flac(samples), encode_flac(np.zeros_like(samples))
        video_key, black_key = (_digest(mux_mp4(track)) for track in (video, no_video))
        both = Clip(
            clip_id,
            mux_mp4(video, audio),
            flac,
            video_key=video_key,
            audio_key=_digest(flac),
            seconds=float(video.end),
        )
        return {
            "both": both,
            "picture": replace(
                both,
                video=mux_mp4(video, no_audio),
                audio=silent_flac,
                audio_present=False,
                audio_key=_digest(silent_flac),
            ),
            "sound": replace(both, video=mux_mp4(no_video, audio), visual_present=False, video_key=black_key),
        }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
