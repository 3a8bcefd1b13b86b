"""What a file shows and plays, decoded, as digests: equal digests, equal frames at equal times, equal samples."""

import hashlib
from typing import Any

import av
import soundfile


def picture_digest(file: Any) -> str:
    """Of all frames of a video, a path or an open file, with their times in milliseconds."""
    digest = hashlib.sha256()
    with av.open(file) as container:
        for frame in container.decode(video=0):
            digest.update(f"{round(1000 * frame.time)} ".encode() + frame.to_ndarray().tobytes())
    return digest.hexdigest()


def sound_digest(file: Any) -> str:
    """Of all samples of a sound, a path or an open file, with their rate."""
    samples, rate = soundfile.read(file, dtype="int16")
    return hashlib.sha256(f"{rate} ".encode() + samples.tobytes()).hexdigest()
