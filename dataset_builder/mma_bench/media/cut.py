"""A stretch of a longer recording as a clip of its own."""

from __future__ import annotations

from fractions import Fraction

from mma_bench.core.errors import ClipError
from mma_bench.media.container import Source, name_of, reading
from mma_bench.media.demux import MAX_SECONDS
from mma_bench.media.encode import Span, encoded_picture
from mma_bench.media.encode_sound import encoded_sound
from mma_bench.media.mux import mux_mp4
from mma_bench.media.window import read_window

_MISSING_SOUND = Fraction(50, 1000)
"""Seconds of sound that may be missing at the end of a cut."""


def cut(
    picture: Source,
    sound: Source,
    *,
    start: Fraction | float,
    end: Fraction | float,
    at_least: Fraction | float | None = None,
    max_height: int | None = None,
) -> bytes:
    """An mp4 (H.264, AAC) of exactly what is seen and heard from `start` to `end`, on one clock.

    Its first frame is the one on screen at `start`, its first sample the one heard at `start`; both last `end - start`
    seconds. Recordings of hours are fine: only the stretch is read, from the key frame before it.

    Args:
        picture: the recording that is seen.
        sound: the recording that is heard; the same one, or another of the same scene (as sites offer them apart).
        start: seconds from the recording's beginning, which is the first thing that it shows or plays. Where picture
            and sound are two files, each counts from its own.
        end: seconds likewise; at most `MAX_SECONDS` after `start`.
        at_least: where the picture or the sound ends before `end`, make do with what both have if it is so many
            seconds; by default all must be there.
        max_height: scale a higher picture down to so many pixels.

    Raises:
        ClipError: unreadable; without picture or sound; cut off before what its header promises; or too short, the
            picture by more than a frame or the sound by more than 50 ms (less is made up for: the last frame stands,
            silence follows).
        ValueError: not 0 <= start < end.
    """
    span = _span(name_of(picture), start, end, max_height)
    needed = span.seconds if at_least is None else min(span.seconds, _exactly(at_least))
    with read_window(picture, "picture", span) as seen, read_window(sound, "sound", span) as heard:
        seconds = min(seen.seconds(seen.track.last_duration, needed), heard.seconds(_MISSING_SOUND, needed))
        with reading(seen.name):
            shown = encoded_picture(seen.track, seen.span.first(seconds))
        with reading(heard.name):
            return mux_mp4(shown, encoded_sound(heard.track, heard.span.first(seconds)))


def _exactly(seconds: Fraction | float) -> Fraction:
    """A float is meant as the decimal that it prints as."""
    return Fraction(seconds).limit_denominator(1_000_000)


def _span(name: str, start: Fraction | float, end: Fraction | float, max_height: int | None) -> Span:
    first, last = _exactly(start), _exactly(end)
    if not 0 <= first < last:
        raise ValueError(f"Expected 0 <= start < end, but got {float(first):g} and {float(last):g} s")
    if last - first > MAX_SECONDS:
        seconds = float(last - first)
        raise ClipError(name, "too_large", f"a cut of {seconds:,.0f} s was asked for; at most {MAX_SECONDS} s are made")
    return Span(first, last, max_height)
