"""Encoding to H.264 and AAC, where packets cannot be copied."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import av.filter
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mma_bench.errors import ClipError
from mma_bench.media.demux import read_recording
from mma_bench.media.sound import decoded_without_gaps
from mma_bench.media.tracks import UNNAMED, Track

REPRODUCIBLE = {"x264-params": "mbtree=0"}
"""x264's macroblock tree reads memory that it never wrote: one clip in a hundred would come out in other bytes."""

# The authors' settings (their scripts/prepare_data.py). One thread: two processes of one thread beat two of two.
# No B-frames: an mp4 stores durations in decoding order, and only in this order is the last one the last shown.
X264 = {"preset": "veryfast", "crf": "18", "bf": "0", "threads": "1", **REPRODUCIBLE}
AAC_BIT_RATE = 128_000
_CLOCK = Fraction(1, 90_000)


@dataclass(frozen=True)
class Square:
    """Scale with the aspect ratio kept, crop the centre to `size` x `size` pixels, end at `seconds` exactly."""

    size: int
    seconds: Fraction


def encoded_picture(picture: Track, square: Square | None = None) -> Track:
    """The picture as H.264, upright and in square pixels, with its own frame times.

    Without a `square` its first frame is at 0. A square clip keeps the clip's clock, which its sound goes by: where the
    picture starts late, its first frame stands from 0.
    """
    buffer = io.BytesIO()
    end = round(square.seconds / _CLOCK) if square else None
    with av.open(buffer, "w", format="mp4") as out:
        _encode_frames(out, _timed_frames(picture, end), picture, square)
    encoded = read_recording(buffer.getvalue(), "picture").picture
    assert encoded is not None
    return encoded


def encoded_sound(sound: Track) -> Track:
    """The sound as AAC, one or two channels; its first sample at 0."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        _encode_sound(sound, out)
    encoded = read_recording(buffer.getvalue(), "sound").sound
    assert encoded is not None
    return encoded


def _timed_frames(picture: Track, end: int | None) -> Iterator[tuple[VideoFrame, int, int]]:
    """Frames with start and duration in ticks of `_CLOCK`; the last one lasts until `end` if there is one."""
    held: tuple[VideoFrame, int] | None = None
    origin: Fraction | None = None
    for frame in picture.decoded():
        if frame.pts is None:
            continue
        time = frame.pts * picture.time_base
        if origin is None:
            origin = time if end is None else Fraction(0)
            time = origin
        at = round((time - origin) / _CLOCK)
        if end is not None and at >= end:
            break
        if held is not None and at > held[1]:
            yield *held, at - held[1]
        if held is None or at > held[1]:
            held = frame, at
    if held is None or origin is None:
        raise ClipError(UNNAMED, "damaged", "none of its frames can be decoded; download or copy it again")
    last = round((picture.end - origin) / _CLOCK) if end is None else end
    yield *held, max(1, last - held[1])


def _encode_frames(
    out: OutputContainer,
    frames: Iterator[tuple[VideoFrame, int, int]],
    source: Track,
    square: Square | None,
) -> None:
    stream: VideoStream | None = None
    shape: av.filter.Graph | None = None
    durations: dict[int, int] = {}
    for frame, at, duration in frames:
        shape = shape or _shaping(frame, source.stream.codec_context.sample_aspect_ratio or Fraction(1), square)
        shape.push(frame)
        shaped = shape.pull()
        if stream is None:
            stream = out.add_stream("libx264", rate=source.stream.average_rate or 25, options=X264)
            stream.width, stream.height, stream.pix_fmt = shaped.width, shaped.height, "yuv420p"
            stream.codec_context.time_base = _CLOCK
        shaped.pts, shaped.time_base, shaped.pict_type = at, _CLOCK, 0
        durations[at] = duration
        _mux(out, stream.encode(shaped), durations)
    if stream is not None:
        _mux(out, stream.encode(), durations)


def _mux(out: OutputContainer, packets: list[av.Packet], durations: dict[int, int]) -> None:
    for packet in packets:
        packet.duration = durations.pop(packet.pts)
        out.mux(packet)


def _shaping(frame: VideoFrame, aspect: Fraction, square: Square | None) -> av.filter.Graph:
    """Turn upright, scale to square pixels, crop the centre; in limited range, whatever range the source has."""
    # The buffer is declared by hand: `add_buffer(template=)` loses range and matrix, and levels end up 29 off.
    buffer = (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/90000"
        f":range={int(frame.color_range)}:colorspace={int(frame.colorspace)}"
    )
    turned = frame.rotation % 180 != 0
    width, height = round(frame.width * aspect), frame.height
    width, height = (height, width) if turned else (width, height)
    if square:
        grow = max(Fraction(square.size, width), Fraction(square.size, height))
        width, height = max(square.size, round(width * grow)), max(square.size, round(height * grow))
    else:
        width, height = width // 2 * 2, height // 2 * 2
    chain = [
        ("buffer", buffer),
        *_UPRIGHT[round(frame.rotation) % 360 // 90],
        ("scale", f"{width}:{height}:out_range=tv"),
        *([("crop", f"{square.size}:{square.size}")] if square else []),
        ("setsar", "1"),
        ("format", "yuv420p"),
        ("buffersink", None),
    ]
    graph = av.filter.Graph()
    graph.link_nodes(*(graph.add(name, args) for name, args in chain)).configure()
    return graph


# By quarter turns counter-clockwise that a player applies.
_UPRIGHT: tuple[tuple[tuple[str, str | None], ...], ...] = (
    (),
    (("transpose", "cclock"),),
    (("hflip", None), ("vflip", None)),
    (("transpose", "clock"),),
)


def _encode_sound(sound: Track, out: OutputContainer) -> None:
    rate = sound.stream.rate if sound.stream.rate in (48000, 44100, 32000, 24000, 22050, 16000) else 48000
    layout = "mono" if sound.stream.channels == 1 else "stereo"
    target = out.add_stream("aac", rate=rate, layout=layout)
    target.bit_rate = AAC_BIT_RATE
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    fifo, done = av.AudioFifo(), 0
    for frame in (*decoded_without_gaps(sound), None):
        for piece in resampler.resample(frame):
            piece.pts = None
            fifo.write(piece)
        for piece in fifo.read_many(1024, partial=frame is None):
            piece.pts, piece.time_base, piece.sample_rate = done, Fraction(1, rate), rate
            done += piece.samples
            out.mux(target.encode(piece))
    if not done:
        raise ClipError(UNNAMED, "no_sound", "none of its sound can be decoded; download or copy it again")
    out.mux(target.encode())
