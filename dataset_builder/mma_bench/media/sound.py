"""Sound as a model hears it: mono, 16 kHz."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import soundfile
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from mma_bench.errors import ClipError
from mma_bench.media.container import Source, name_of, open_media, picture_stream, reading, sound_stream

SAMPLE_RATE = 16_000
"""Samples per second of every sound that leaves this module."""


def read_sound(source: Source) -> NDArray[np.float32]:
    """The sound of a clip, (N,) float32 in [-1, 1] at 16 kHz; sample 0 is the start of the clip.

    Any number of channels is mixed down to one. Where the sound starts later than the picture it begins with zeros.

    Raises:
        ClipError: the clip cannot be read or holds no sound.
    """
    name = name_of(source)
    with reading(name), open_media(source) as container:
        stream = sound_stream(container)
        if stream is None:
            raise ClipError(name, "no_sound", "holds no audio stream; a clip needs a picture and a sound")
        lead = _lead(container, stream, name)
        pcm = _resampled(container, stream)
        if pcm.size == 0:
            raise ClipError(name, "no_sound", "its audio stream holds no sound; a clip needs a picture and a sound")
        return np.concatenate([np.zeros(lead, np.int16), pcm]).astype(np.float32) / 32768


def _resampled(container: InputContainer, stream: AudioStream) -> NDArray[np.int16]:
    # 16 bits, because that is what the dataset's FLAC holds: what is read here equals what is read there.
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    parts = [f.to_ndarray()[0] for frame in _decoded(container, stream) for f in resampler.resample(frame)]
    parts += [f.to_ndarray()[0] for f in resampler.resample(None)]
    pcm = np.concatenate(parts) if parts else np.zeros(0, np.int16)
    if container.format.name.startswith("mov") and stream.duration:
        # An edit list cuts at packets; up to a packet of samples past its end would be heard.
        pcm = pcm[: round(stream.duration * stream.time_base * SAMPLE_RATE)]
    return pcm


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue  # one broken packet is a click, not the end; the caller counts what came


def _lead(container: InputContainer, stream: AudioStream, name: str) -> int:
    """Samples of silence before the sound starts, counted from the start of the picture."""
    starts = [stream.start_time * stream.time_base if stream.start_time is not None else Fraction(0)]
    if container.streams.video:
        picture = picture_stream(container, name)
        if picture.start_time is not None:
            starts.append(picture.start_time * picture.time_base)
    return max(0, round((starts[0] - min(starts)) * SAMPLE_RATE))


def fit_samples(sound: NDArray[np.float32], seconds: Fraction | float) -> NDArray[np.float32]:
    """`sound` cut, or continued with zeros, to `seconds`."""
    count = round(seconds * SAMPLE_RATE)
    return np.pad(sound[:count], (0, max(0, count - sound.size)))


def encode_flac(sound: NDArray[np.float32]) -> bytes:
    """(N,) float32 at 16 kHz as a 16-bit mono FLAC file."""
    buffer = io.BytesIO()
    pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
    soundfile.write(buffer, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def decode_flac(data: bytes) -> NDArray[np.float32]:
    """The inverse of `encode_flac`."""
    pcm, _ = soundfile.read(io.BytesIO(data), dtype="int16")
    return np.asarray(pcm, np.int16).astype(np.float32) / 32768
