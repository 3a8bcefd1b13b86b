"""Cut a clip from a longer recording."""

from fractions import Fraction

from mma_bench.core.errors import ClipError
from mma_bench.media import MAX_SECONDS
from mma_bench.media.container import Source, name_of, reading
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
    """Cut the span from `start` to `end`, exact to the frame and the sample, and encode it as an mp4 (H.264, AAC).

    The cut begins with the frame on screen and the sample played at `start`; both streams have the same length. Reading
    starts at the key frame before the span, so cutting a long recording is cheap.

    Args:
        video: the recording with the video stream.
        audio: the recording with the audio stream; the same file, or another if the site separates the streams.
        start: seconds from the recording's first frame or sample; two files are each timed from their own start.
        end: seconds on the same clock; at most `MAX_SECONDS` after `start`.
        at_least: shortest acceptable cut in seconds: if a stream ends before `end`, both are cut at its end. By default
            the whole span is required.
        max_height: scale taller frames down to this height in pixels.

    Raises:
        ClipError: a recording is unreadable, lacks the stream, or ends too early: the video by more than a frame or
            the audio by more than 50 ms. Smaller gaps are filled with the last frame or silence. Also if the span is
            longer than `MAX_SECONDS`.
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
    """Convert seconds to an exact fraction, reading 0.1 as 1/10."""
    return Fraction(seconds).limit_denominator(1_000_000)


def _span(name: str, start: Fraction | float, end: Fraction | float, max_height: int | None) -> Span:
    first, last = _exactly(start), _exactly(end)
    if not 0 <= first < last:
        raise ValueError(f"Expected 0 <= start < end, but got {float(first):g} and {float(last):g} s")
    if last - first > MAX_SECONDS:
        seconds = float(last - first)
        raise ClipError(name, "too_large", f"a cut of {seconds:,.0f} s was asked for; at most {MAX_SECONDS} s are made")
    return Span(first, last, max_height)
