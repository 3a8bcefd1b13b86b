"""The three media of a clip that the checks ask about: its picture, its sound, and both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import black
from mma_bench.media.container import reading
from mma_bench.media.demux import read_recording
from mma_bench.media.mux import mux_mp4
from mma_bench.media.operations import silence_like
from mma_bench.media.probe import probe
from mma_bench.media.sound import encode_flac, read_sound
from mma_bench.media.standardise import as_standard
from mma_bench.media.tracks import require_video
from mma_eval.model import Clip

_DARKEST = 24
"""Of 255. A frame without a brighter pixel shows nothing; what compression leaves of black is below it."""
_FAINTEST = 2.0**-13
"""Of full scale, -78 dB: what dithering leaves of silence is below it."""

Medium = Literal["both", "picture", "sound"]
"""The clip as it is; its picture with digital silence; its sound with black frames."""


def media_of(file: Path, clip_id: str) -> Mapping[Medium, Clip]:
    """A clip as models are given it, with the conditions audio_removed and frames_zeroed. Its file is read once.

    Media that share a picture, or a sound, have the same key of it, so that a model may encode it once.

    Args:
        file: any that ffmpeg reads.
        clip_id: what messages and answers call it.

    Raises:
        ClipError: it cannot be read, or lacks a picture or a sound; or there is nothing to see or nothing to hear in
            it, which no model needs to be asked about: some say yes to a black picture.
    """
    probe(file)  # first of all: it opens regular files only
    mp4 = as_standard(file)
    with read_recording(mp4, name=str(file)) as recording, reading(str(file)):
        picture, sound = require_video(recording), recording.audio
        if sound is None:
            raise ClipError(str(file), "no_sound", "holds no audio stream; a clip needs a picture and a sound")
        if all(frame.to_ndarray(format="gray").max() <= _DARKEST for frame in picture.decoded()):
            raise ClipError(str(file), "black", "every frame is black")
        heard = read_sound(mp4)
        if abs(heard).max() <= _FAINTEST:
            raise ClipError(str(file), "silent", "nothing is to be heard")
        closed, silence = black(picture), silence_like(recording)
        flac, silent_flac = encode_flac(heard), encode_flac(np.zeros_like(heard))
        seen_key, closed_key = (_digest(mux_mp4(track)) for track in (picture, closed))
        heard_key, silence_key = _digest(flac), _digest(silent_flac)
        return {
            "both": Clip(clip_id, mux_mp4(picture, sound), flac, video_key=seen_key, audio_key=heard_key),
            "picture": Clip(
                clip_id,
                mux_mp4(picture, silence),
                silent_flac,
                audio_present=False,
                video_key=seen_key,
                audio_key=silence_key,
            ),
            "sound": Clip(
                clip_id,
                mux_mp4(closed, sound),
                flac,
                visual_present=False,
                video_key=closed_key,
                audio_key=heard_key,
            ),
        }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
