"""Decode the audio of a clip for model input: mono, 16 kHz."""

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from mma_bench.benchmark.schema import SAMPLE_RATE as SAMPLE_RATE
from mma_bench.core.errors import ClipError
from mma_bench.media.container import UNNAMED, Source, name_of, reading
from mma_bench.media.demux import read_recording
from mma_bench.media.tracks import Track, trimmed_samples

MAX_SILENT = 2.0**-13
"""Largest absolute sample that counts as silence, relative to full scale (-78 dBFS); dither stays below it."""


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
        parts = [part[0] for part in resampled(audio, "s16", "mono", SAMPLE_RATE)]
        if not sum(part.size for part in parts):
            raise ClipError(name, "no_sound", "its audio stream holds no sound; a clip needs a picture and a sound")
        lead = round(audio.start * SAMPLE_RATE)
        pcm = np.concatenate([np.zeros(max(0, lead), np.int16), *parts])[max(0, -lead) :]
        # Decoders return whole packets; the last one may be declared shorter.
        return pcm[: round(audio.end * SAMPLE_RATE)].astype(np.float32) / np.float32(32768)


def resampled(
    audio: Track, sample_format: str, layout: str, rate: int, *, start: Fraction | None = None
) -> Iterator[NDArray[Any]]:
    """Decode audio to one format, as arrays of (channels, N) samples that keep their distance in time.

    Where packets are missing or cannot be decoded, silence is inserted; where they overlap, samples are dropped. The
    stream may change its own format midway.

    Args:
        audio: the track to decode.
        sample_format: "s16" for mono, or a planar format.
        layout: layout of the output, such as "stereo".
        rate: samples per second of the output.
        start: time of the first decoded sample in seconds; by default the start of the track.
    """
    # Floats, because fractions would add a quarter to the time of decoding.
    due, tick, given, surplus = float(audio.start if start is None else start), float(audio.time_base), None, 0
    resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate)

    def kept(pieces: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
        nonlocal surplus
        for piece in pieces:
            dropped = min(surplus, piece.shape[1])
            surplus -= dropped
            yield piece[:, dropped:]

    for frame in audio.decoded():
        if frame.layout.nb_channels > _MOST_CHANNELS:  # what PyAV would read and write beyond the end of its arrays
            found = f"holds sound of {frame.layout.nb_channels} channels"
            raise ClipError(UNNAMED, "too_large", f"{found}; at most {_MOST_CHANNELS} are read. Mix it down to stereo")
        form = frame.format.name, frame.layout.name, frame.sample_rate
        # A decoder that drops an encoder's priming moves the first frame by as many ticks of the file's clock, which
        # need not be the packets' one.
        known = frame.pts is not None and (given is not None or not trimmed_samples(audio.packets[0])[0])
        at = frame.pts * tick if known else due
        off = at - due
        shift = off if _TOLERANCE < abs(off) < _LONGEST_GAP else 0.0
        if given is not None and (shift or form != given):  # a resampler takes one format, and counts samples itself
            yield from kept(piece.to_ndarray() for piece in resampler.resample(None))
            resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate)
        if shift < 0:
            surplus += round(-shift * rate)
        elif shift > 0:
            like = av.AudioFrame(sample_format, layout, 1).to_ndarray()
            yield from kept([np.zeros((len(like), round(shift * rate)), like.dtype)])
        given, frame.pts = form, None
        yield from kept(piece.to_ndarray() for piece in resampler.resample(frame))
        due = (at if shift or abs(off) >= _LONGEST_GAP else due) + frame.samples / frame.sample_rate
    yield from kept(piece.to_ndarray() for piece in resampler.resample(None))


_MOST_CHANNELS = 8

_TOLERANCE = 0.010_000_1
"""Seconds by which timestamps may disagree with the count of samples, as rounded timestamps do; the excess over 10 ms
absorbs the rounding of floats."""

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
