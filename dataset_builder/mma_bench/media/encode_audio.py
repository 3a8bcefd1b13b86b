"""Encode audio to AAC where its packets cannot be copied."""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer

from mma_bench.core.errors import ClipError
from mma_bench.media.demux import read_recording
from mma_bench.media.encode_video import Span
from mma_bench.media.sound import decoded_without_gaps
from mma_bench.media.tracks import UNNAMED, Track, silent_frame, trimmed_samples

AAC_BIT_RATE = 128_000
"""The authors' setting (their scripts/prepare_data.py)."""


def encode_audio(audio: Track, span: Span | None = None) -> Track:
    """Encode audio, or a span of it, to mono or stereo AAC that starts at 0.

    A span's length is exact to the sample; silence fills the parts that the audio does not cover.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        _encode(audio, out, span)
    encoded = read_recording(buffer.getvalue(), "audio").audio
    assert encoded is not None
    return encoded


def _encode(audio: Track, out: OutputContainer, span: Span | None) -> None:
    rate = audio.stream.rate if audio.stream.rate in (48000, 44100, 32000, 24000, 22050, 16000) else 48000
    layout = "mono" if audio.stream.channels == 1 else "stereo"
    target = out.add_stream("aac", rate=rate, layout=layout)
    target.bit_rate = AAC_BIT_RATE
    done = 0
    for piece in _pieces(audio, rate, layout, span):
        piece.pts, piece.time_base, piece.sample_rate = done, Fraction(1, rate), rate
        done += piece.samples
        out.mux(target.encode(piece))
    if not done:
        raise ClipError(UNNAMED, "no_sound", "none of its sound can be decoded; download or copy it again")
    out.mux(target.encode())


def _pieces(audio: Track, rate: int, layout: str, span: Span | None) -> Iterator[AudioFrame]:
    """Yield resampled frames of up to 1024 samples, the encoder's frame size; for a span, exactly its samples."""
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    fifo, skip, left = av.AudioFifo(), 0, None
    if span:
        skip, left = round((span.start - _first_sample_time(audio)) * rate), round(span.seconds * rate)
        if skip < 0:
            fifo.write(silent_frame(min(-skip, left), "fltp", layout, rate))
    for frame in chain(decoded_without_gaps(audio), (None,)):
        for piece in resampler.resample(frame):
            piece.pts = None
            fifo.write(piece)
        if frame is None and left is not None:
            fifo.write(silent_frame(max(0, skip) + left, "fltp", layout, rate))
        if skip > 0 and fifo.samples:
            dropped = min(skip, fifo.samples)
            fifo.read(dropped)
            skip -= dropped
        while left != 0 and (piece := fifo.read(min(1024, left or 1024), partial=frame is None)):
            left = None if left is None else left - piece.samples
            yield piece
        if left == 0:
            return


def _first_sample_time(audio: Track) -> Fraction:
    """Return the time of the first decoded sample; the first packets after a seek may yield no samples."""
    if trimmed_samples(audio.packets[0])[0]:
        return audio.start
    # A new Opus decoder drops the encoder's priming, even in the middle of a recording, where there is no priming.
    next(audio.decoded(), None)
    for frame in audio.decoded():
        return Fraction(frame.pts * audio.time_base) if frame.pts is not None else audio.start
    raise ClipError(UNNAMED, "no_sound", "none of its sound can be decoded; download or copy it again")
