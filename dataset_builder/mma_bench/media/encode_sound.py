"""Encoding a sound to AAC, where its packets cannot be copied."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer

from mma_bench.core.errors import ClipError
from mma_bench.media.demux import read_recording
from mma_bench.media.encode import Span
from mma_bench.media.sound import decoded_without_gaps
from mma_bench.media.tracks import UNNAMED, Track, trimmed_samples

AAC_BIT_RATE = 128_000
"""The authors' setting (their scripts/prepare_data.py)."""


def encoded_sound(sound: Track, span: Span | None = None) -> Track:
    """The sound as AAC, one or two channels; its first sample, or that of the span, at 0.

    A span is as long as it says to the sample: with silence where the sound has not begun or is over.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        _encode_sound(sound, out, span)
    encoded = read_recording(buffer.getvalue(), "sound").sound
    assert encoded is not None
    return encoded


def _encode_sound(sound: Track, out: OutputContainer, span: Span | None) -> None:
    rate = sound.stream.rate if sound.stream.rate in (48000, 44100, 32000, 24000, 22050, 16000) else 48000
    layout = "mono" if sound.stream.channels == 1 else "stereo"
    target = out.add_stream("aac", rate=rate, layout=layout)
    target.bit_rate = AAC_BIT_RATE
    done = 0
    for piece in _pieces(sound, rate, layout, span):
        piece.pts, piece.time_base, piece.sample_rate = done, Fraction(1, rate), rate
        done += piece.samples
        out.mux(target.encode(piece))
    if not done:
        raise ClipError(UNNAMED, "no_sound", "none of its sound can be decoded; download or copy it again")
    out.mux(target.encode())


def _pieces(sound: Track, rate: int, layout: str, span: Span | None) -> Iterator[AudioFrame]:
    """The sound as an encoder takes it: 1024 samples at a time, of a span exactly as many as it has."""
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    fifo, skip, left = av.AudioFifo(), 0, None
    if span:
        skip, left = round((span.start - _first_heard(sound)) * rate), round(span.seconds * rate)
        if skip < 0:
            fifo.write(_silence(min(-skip, left), rate, layout))
    for frame in chain(decoded_without_gaps(sound), (None,)):
        for piece in resampler.resample(frame):
            piece.pts = None
            fifo.write(piece)
        if frame is None and left is not None:
            fifo.write(_silence(max(0, skip) + left, rate, layout))
        if skip > 0 and fifo.samples:
            dropped = min(skip, fifo.samples)
            fifo.read(dropped)
            skip -= dropped
        while left != 0 and (piece := fifo.read(min(1024, left or 1024), partial=frame is None)):
            left = None if left is None else left - piece.samples
            yield piece
        if left == 0:
            return


def _first_heard(sound: Track) -> Fraction:
    """When the first sample that the decoder gives is heard; it may give none for the first packets after a seek."""
    if trimmed_samples(sound.packets[0])[0]:
        return sound.start
    # Just opened, a decoder drops what an encoder puts before a recording (Opus), though this may be the middle of one.
    next(sound.decoded(), None)
    for frame in sound.decoded():
        return Fraction(frame.pts * sound.time_base) if frame.pts is not None else sound.start
    raise ClipError(UNNAMED, "no_sound", "none of its sound can be decoded; download or copy it again")


def _silence(samples: int, rate: int, layout: str) -> AudioFrame:
    planes = np.zeros((1 if layout == "mono" else 2, samples), np.float32)
    frame = AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.sample_rate = rate
    return frame
