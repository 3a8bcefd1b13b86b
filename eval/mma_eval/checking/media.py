"""The three media of a clip that the checks ask about: its picture, its sound, and both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from mma_bench.errors import ClipError
from mma_bench.media.blank import black
from mma_bench.media.container import reading
from mma_bench.media.demux import read_recording
from mma_bench.media.mux import mux_mp4
from mma_bench.media.operations import silence_like
from mma_bench.media.probe import probe
from mma_bench.media.sound import encode_flac, read_sound
from mma_bench.media.standardise import as_standard
from mma_bench.media.tracks import require_picture
from mma_eval.model import Clip

Medium = Literal["both", "picture", "sound"]
"""The clip as it is; its picture with digital silence; its sound with black frames."""


def media_of(file: Path, clip_id: str) -> Mapping[Medium, Clip]:
    """A clip as models are given it, with the conditions audio_removed and frames_zeroed. Its file is read once.

    What shares a picture, or a sound, has the same digest of it, so that a model may encode it once.

    Args:
        file: any that ffmpeg reads.
        clip_id: what messages and answers call it.

    Raises:
        ClipError: it cannot be read, or lacks a picture or a sound.
    """
    probe(file)  # first of all: it opens regular files only
    mp4 = as_standard(file)
    with read_recording(mp4, name=str(file)) as recording, reading(str(file)):
        picture, sound = require_picture(recording), recording.sound
        if sound is None:
            raise ClipError(str(file), "no_sound", "holds no audio stream; a clip needs a picture and a sound")
        black_picture, silence = black(picture), silence_like(recording)
        heard = read_sound(mp4)
        flac, silent_flac = encode_flac(heard), encode_flac(np.zeros_like(heard))
        return {
            "both": Clip(
                id=clip_id,
                video=mux_mp4(picture, sound),
                audio=flac,
                video_sha256=picture.sha256,
                audio_sha256=sound.sha256,
            ),
            "picture": Clip(
                id=clip_id,
                video=mux_mp4(picture, silence),
                audio=silent_flac,
                audio_present=False,
                video_sha256=picture.sha256,
                audio_sha256=silence.sha256,
            ),
            "sound": Clip(
                id=clip_id,
                video=mux_mp4(black_picture, sound),
                audio=flac,
                visual_present=False,
                video_sha256=black_picture.sha256,
                audio_sha256=sound.sha256,
            ),
        }
