"""Cut a clip out of a longer recording."""

from __future__ import annotations

from fractions import Fraction

from mma_bench.core.errors import ClipError
from mma_bench.media.container import Source, name_of, reading
from mma_bench.media.demux import MAX_SECONDS
from mma_bench.media.encode_audio import encode_audio
from mma_bench.media.encode_video import Span, encode_video
from mma_bench.media.mux import mux_mp4
from mma_bench.media.window import read_window

_MISSING_SOUND = Fraction(50, 1000)
"""Seconds of audio that may be missing at the end of a cut."""


def cut(
    video: Source,
    audio: Source,
    *,
    start: Fraction | float,
    end: Fraction | float,
    at_least: Fraction | float | None = None,
    max_height: int | None = None,
) -> bytes:
    """Encode exactly what is on screen and audible from `start` to `end` as an mp4 (H.264, AAC).

    The first frame is the one on screen at `start`, the first sample the one audible at `start`; both streams last
    `end - start` seconds. Of a recording of hours, only the span is read, from the key frame before it.

    Args:
        video: the recording with the video stream.
        audio: the recording with the audio stream; the same file, or another one where a site offers them separately.
        start: seconds from the first frame or sample of the recording. Of two files, each counts from its own.
        end: seconds likewise; at most `MAX_SECONDS` after `start`.
        at_least: if a stream ends before `end`, cut both at its end, provided that this many seconds are left; by
            default the whole span must be there.
        max_height: scale higher frames down to so many pixels.

    Raises:
        ClipError: unreadable; without video or audio; shorter than its header declares; or too short, the video by
            more than a frame or the audio by more than 50 ms. Less is filled up: the last frame is held, silence
            follows.
        ValueError: not 0 <= start < end.
    """
    span = _span(name_of(video), start, end, max_height)
    needed = span.seconds if at_least is None else min(span.seconds, _exactly(at_least))
    with read_window(video, "video", span) as seen, read_window(audio, "audio", span) as heard:
        seconds = min(seen.seconds(seen.track.last_duration, needed), heard.seconds(_MISSING_SOUND, needed))
        with reading(seen.name):
            shown = encode_video(seen.track, seen.span.first(seconds))
        with reading(heard.name):
            return mux_mp4(shown, encode_audio(heard.track, heard.span.first(seconds)))


def _exactly(seconds: Fraction | float) -> Fraction:
    """Read a float as the decimal number that it prints as."""
    return Fraction(seconds).limit_denominator(1_000_000)


def _span(name: str, start: Fraction | float, end: Fraction | float, max_height: int | None) -> Span:
    first, last = _exactly(start), _exactly(end)
    if not 0 <= first < last:
        raise ValueError(f"Expected 0 <= start < end, but got {float(first):g} and {float(last):g} s")
    if last - first > MAX_SECONDS:
        seconds = float(last - first)
        raise ClipError(name, "too_large", f"a cut of {seconds:,.0f} s was asked for; at most {MAX_SECONDS} s are made")
    return Span(first, last, max_height)
