"""Encode video to H.264 and audio to AAC where packets cannot be copied."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import Any

import av
import av.filter
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from mma_bench.core.errors import ClipError
from mma_bench.media.container import UNNAMED
from mma_bench.media.demux import read_recording
from mma_bench.media.orientation import orientation_of
from mma_bench.media.sound import resampled
from mma_bench.media.tracks import Track, trimmed_samples

REPRODUCIBLE = {"x264-params": "mbtree=0"}
"""Disable x264's macroblock tree, which reads uninitialised memory and made 1 % of clips non-deterministic."""

AAC_BIT_RATE = 128_000
"""Bits per second of encoded audio, as in the paper authors' scripts/prepare_data.py."""

# The authors' settings too. One thread: two single-threaded processes outperform two with
# two threads each. No B-frames: mp4 stores durations in decoding order, which then equals the display order.
X264 = {"preset": "veryfast", "crf": "18", "bf": "0", "threads": "1", **REPRODUCIBLE}
_CLOCK = Fraction(1, 90_000)
# Largest error from rounding to milliseconds (Matroska, FLV); a frame this close to a boundary counts as on it.
_ROUNDING = round(Fraction(1, 2000) / _CLOCK)


@dataclass(frozen=True)
class Square:
    """Output format: scaled and centre-cropped to `size` x `size` pixels, exactly `seconds` long."""

    size: int
    seconds: Fraction


@dataclass(frozen=True)
class Span:
    """Output format: the span from `start` to `end`, in seconds on the packets' clock.

    Frames taller than `max_height` pixels are scaled down to it; the aspect ratio is kept.
    """

    start: Fraction
    end: Fraction
    max_height: int | None = None

    @property
    def seconds(self) -> Fraction:
        """Length in seconds."""
        return self.end - self.start

    def first(self, seconds: Fraction) -> Span:
        """Return the first `seconds` of the span."""
        return replace(self, end=self.start + seconds)


def encode_video(video: Track, form: Square | Span | None = None) -> Track:
    """Encode video to H.264, rotated upright, with square pixels and the source's frame times.

    Time 0 is the first frame if `form` is None, the start of the clip for a `Square`, and the start of the span for a
    `Span`. The output begins with the frame on screen at time 0, or with the first frame if none is on screen yet.
    """
    buffer = io.BytesIO()
    stream: Any = None
    filters: av.filter.Graph | None = None
    durations: dict[int, int] = {}
    with av.open(buffer, "w", format="mp4") as out:
        for frame, at, duration in _timed_frames(video, form):
            filters = filters or _filters(frame, video.stream.codec_context.sample_aspect_ratio or Fraction(1), form)
            filters.push(frame)
            shaped = filters.pull()
            if stream is None:
                stream = out.add_stream("libx264", rate=video.stream.average_rate or 25, options=X264)
                stream.width, stream.height, stream.pix_fmt = shaped.width, shaped.height, "yuv420p"
                stream.codec_context.time_base = _CLOCK
                _tag_colours(stream.codec_context, frame)
            shaped.pts, shaped.time_base, shaped.pict_type = at, _CLOCK, 0
            durations[at] = duration
            _mux(out, stream.encode(shaped), durations)
        _mux(out, stream.encode(), durations)
    return read_recording(buffer.getvalue(), "video").require_video()


def _timed_frames(video: Track, form: Square | Span | None) -> Iterator[tuple[VideoFrame, int, int]]:
    """Yield frames with start and duration in `_CLOCK` ticks; with a `form`, the last lasts until the form's end."""
    held: tuple[VideoFrame, int] | None = None
    origin = form.start if isinstance(form, Span) else Fraction(0) if form else None
    end = round(form.seconds / _CLOCK) if form else None
    for frame in video.decoded():
        if frame.pts is None:
            continue
        time = frame.pts * video.time_base
        origin = time if origin is None else origin
        at = round((time - origin) / _CLOCK)
        at = 0 if held is None or at <= _ROUNDING else at
        if end is not None and at > end - _ROUNDING:
            break
        if held is not None and at > held[1]:
            yield *held, at - held[1]
        if held is None or at > held[1] or at == held[1] == 0:  # a span starts with the latest frame not after it
            held = frame, at
    if held is None or origin is None:
        raise ClipError(UNNAMED, "damaged", "none of its frames can be decoded; download or copy it again")
    last = round((video.end - origin) / _CLOCK) if end is None else end
    yield *held, max(1, last - held[1])


def _tag_colours(context: Any, source: VideoFrame) -> None:
    """Declare the colours that a source declares; the filters keep its matrix and convert its range to limited."""
    tags = {name: int(getattr(source, name)) for name in ("colorspace", "color_primaries", "color_trc")}
    declared = {name: tag for name, tag in tags.items() if tag != _UNSPECIFIED and (name, tag) != ("colorspace", _RGB)}
    for name, tag in declared.items():
        setattr(context, name, tag)
    if declared:
        context.color_range = _LIMITED


# AVColorSpace (and likewise the other two), AVColorSpace of RGB, AVColorRange.
_UNSPECIFIED, _RGB, _LIMITED = 2, 0, 1


def _mux(out: OutputContainer, packets: list[av.Packet], durations: dict[int, int]) -> None:
    for packet in packets:
        packet.duration = durations.pop(packet.pts)
        out.mux(packet)


def _filters(frame: VideoFrame, aspect: Fraction, form: Square | Span | None) -> av.filter.Graph:
    """Build the filter graph: rotate upright, scale to square pixels, crop the centre, convert to limited range."""
    # Specified by hand because `add_buffer(template=)` loses colour range and matrix, which shifts levels by 29.
    buffer = (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/90000"
        f":range={int(frame.color_range)}:colorspace={int(frame.colorspace)}"
    )
    shown = orientation_of(frame)
    width, height = round(frame.width * aspect), frame.height
    width, height = (height, width) if shown.swaps_sides else (width, height)
    crop: list[tuple[str, str | None]] = []
    if isinstance(form, Square):
        grow = max(Fraction(form.size, width), Fraction(form.size, height))
        width, height = max(form.size, round(width * grow)), max(form.size, round(height * grow))
        crop = [("crop", f"{form.size}:{form.size}")]
    else:
        shrink = min(Fraction(1), Fraction(form.max_height, height)) if form and form.max_height else Fraction(1)
        width, height = int(width * shrink) // 2 * 2, int(height * shrink) // 2 * 2
    steps = [
        ("buffer", buffer),
        *shown.filters,
        ("scale", f"{width}:{height}:out_range=tv"),
        *crop,
        ("setsar", "1"),
        ("format", "yuv420p"),
        ("buffersink", None),
    ]
    graph = av.filter.Graph()
    graph.link_nodes(*(graph.add(name, args) for name, args in steps)).configure()
    return graph


def encode_audio(audio: Track, span: Span | None = None) -> Track:
    """Encode audio, or a span of it, to mono or stereo AAC that starts at 0.

    A span's length is exact to the sample; silence fills the parts that the audio does not cover.

    Raises:
        ClipError: no sample can be decoded.
    """
    rate = audio.stream.rate if audio.stream.rate in (48000, 44100, 32000, 24000, 22050, 16000) else 48000
    layout = "mono" if audio.stream.channels == 1 else "stereo"
    buffer, done = io.BytesIO(), 0
    with av.open(buffer, "w", format="mp4") as out:
        target = out.add_stream("aac", rate=rate, layout=layout)
        target.bit_rate = AAC_BIT_RATE
        for piece in _pieces(audio, rate, layout, span):
            piece.pts, piece.time_base, piece.sample_rate = done, Fraction(1, rate), rate
            done += piece.samples
            out.mux(target.encode(piece))
        if not done:
            raise ClipError(UNNAMED, "no_sound", "none of its sound can be decoded; download or copy it again")
        out.mux(target.encode())
    return read_recording(buffer.getvalue(), "audio").require_audio()


def _pieces(audio: Track, rate: int, layout: str, span: Span | None) -> Iterator[AudioFrame]:
    """Yield resampled frames of up to 1024 samples, the encoder's frame size; for a span, exactly its length."""
    channels, start = 1 if layout == "mono" else 2, _first_sample_time(audio) if span else None
    parts: Iterable[NDArray[np.float32]] = resampled(audio, "fltp", layout, rate, start=start)
    if span and start is not None:
        silence = np.zeros((channels, max(0, round((start - span.start) * rate))), np.float32)
        padding = np.zeros((channels, round(span.seconds * rate)), np.float32)
        skip = max(0, round((span.start - start) * rate))
        parts = _cut(chain([silence], parts, [padding]), skip, padding.shape[1])
    else:  # decoders return whole packets; the last one may be declared shorter
        parts = _cut(parts, 0, round((audio.end - audio.start) * rate))
    pending = np.zeros((channels, 0), np.float32)
    for part in chain(parts, (None,)):
        pending = pending if part is None else np.concatenate([pending, part], axis=1)
        whole = pending.shape[1] if part is None else pending.shape[1] // 1024 * 1024
        for at in range(0, whole, 1024):
            yield AudioFrame.from_ndarray(np.ascontiguousarray(pending[:, at : min(at + 1024, whole)]), "fltp", layout)
        pending = pending[:, whole:]


def _cut(parts: Iterable[NDArray[np.float32]], skip: int, length: int) -> Iterator[NDArray[np.float32]]:
    """Drop the first `skip` samples of (channels, N) parts, and yield the next `length`."""
    for part in parts:
        piece = part[:, min(skip, part.shape[1]) :][:, :length]
        skip, length = max(0, skip - part.shape[1]), length - piece.shape[1]
        yield piece
        if not length:
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
