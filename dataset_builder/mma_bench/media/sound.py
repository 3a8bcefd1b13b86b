"""Decode the audio of a clip for model input: mono, 16 kHz."""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

import av
import numpy as np
import soundfile
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from mma_bench.benchmark.schema import SAMPLE_RATE as SAMPLE_RATE
from mma_bench.core.errors import ClipError
from mma_bench.media.container import Source, name_of, reading
from mma_bench.media.demux import read_recording
from mma_bench.media.tracks import Track, silent_frame


def read_sound(source: Source) -> NDArray[np.float32]:
    """Decode the audio of a clip as (N,) float32 in [-1, 1] at 16 kHz; sample 0 is the start of the clip.

    Channels are mixed down to mono. If the audio starts late, zeros precede it. The file need not have video.

    Raises:
        ClipError: the clip cannot be read or has no audio.
    """
    name = name_of(source)
    with reading(name), read_recording(source, "any") as recording:
        audio = recording.require_audio()
        # 16 bits, like the dataset's FLAC column, so that both give equal samples.
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        frames = chain(decoded_without_gaps(audio), (None,))
        parts = [piece.to_ndarray()[0] for frame in frames for piece in resampler.resample(frame)]
        if not sum(part.size for part in parts):
            raise ClipError(name, "no_sound", "its audio stream holds no sound; a clip needs a picture and a sound")
        lead = round(audio.start * SAMPLE_RATE)
        pcm = np.concatenate([np.zeros(max(0, lead), np.int16), *parts])[max(0, -lead) :]
        # Decoders return whole packets; the last one may be declared shorter.
        return pcm[: round(audio.end * SAMPLE_RATE)].astype(np.float32) / np.float32(32768)


def decoded_without_gaps(audio: Track) -> Iterator[AudioFrame]:
    """Decode audio, replacing missing packets with silence so that later samples keep their time."""
    due: Fraction | None = None
    for frame in audio.decoded():
        rate, at = frame.sample_rate, due
        if frame.pts is not None:
            at = frame.pts * audio.time_base
            gap = round((at - (at if due is None else due)) * rate)
            if frame.samples < gap < _LONGEST_GAP * rate:
                yield silent_frame(gap, frame.format.name, frame.layout.name, rate)
        due = None if at is None else at + Fraction(frame.samples, rate)
        frame.pts = None  # resamplers count samples themselves
        yield frame


_LONGEST_GAP = 60  # seconds; a longer gap indicates a broken clock, not missing packets


def fit_samples(audio: NDArray[np.float32], seconds: Fraction | float) -> NDArray[np.float32]:
    """Trim or zero-pad 16 kHz samples to `seconds`."""
    count = round(seconds * SAMPLE_RATE)
    return np.pad(audio[:count], (0, max(0, count - audio.size)))


def encode_flac(audio: NDArray[np.float32]) -> bytes:
    """Encode (N,) float32 at 16 kHz as a 16-bit mono FLAC file."""
    buffer = io.BytesIO()
    pcm = np.clip(np.rint(audio * 32768), -32768, 32767).astype(np.int16)
    soundfile.write(buffer, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def decode_flac(data: bytes) -> NDArray[np.float32]:
    """Decode the output of `encode_flac` to (N,) float32 at 16 kHz."""
    pcm, _ = soundfile.read(io.BytesIO(data), dtype="int16")
    return np.asarray(pcm, np.int16).astype(np.float32) / np.float32(32768)
