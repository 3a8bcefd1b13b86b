"""A clip as rows need it: an mp4 of copied codecs, and for training of one size and length."""

from __future__ import annotations

from fractions import Fraction

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import fit_sound, silence
from mma_bench.media.container import Source, name_of, reading
from mma_bench.media.demux import read_recording
from mma_bench.media.encode import Square, encoded_picture
from mma_bench.media.encode_sound import encoded_sound
from mma_bench.media.mux import COPIED_AUDIO, COPIED_VIDEO, codec_of, is_standard, mux_mp4
from mma_bench.media.tracks import Track, require_picture

TRAINING = Square(504, Fraction(10))
"""The shape of a training clip (paper, section 5.1 and appendix C)."""


def standardise(source: Source, square: Square = TRAINING) -> bytes:
    """An mp4 of `square.size` squared pixels and exactly `square.seconds` of picture.

    The picture is scaled with its aspect ratio kept and cropped at the centre. The sound is copied, cut or continued
    with silence to the same length, at most one packet longer. A picture that is already so is copied too.

    Raises:
        ClipError: unreadable, or shorter than `square.seconds` by a frame or more (appendix C discards those).
    """
    name = name_of(source)
    with reading(name), read_recording(source) as recording:
        picture = require_picture(recording)
        if picture.end < square.seconds and square.seconds - picture.end >= picture.last_duration:
            raise ClipError(
                name,
                "too_short",
                f"{float(picture.end):.2f} s of picture where a training clip needs {float(square.seconds):g} s; "
                "leave it out, or put it into the test split",
            )
        if not _is_already(picture, square):
            picture = encoded_picture(picture, square)
        sound = _copied_or_encoded(recording.sound)
        return mux_mp4(picture, fit_sound(sound, square.seconds) if sound else silence(square.seconds))


def as_standard(source: Source) -> Source:
    """The source itself where rows can be made of its packets, else the bytes of an mp4 where they can.

    Raises:
        ClipError: unreadable, or without a picture.
    """
    with read_recording(source) as recording:
        standard = is_standard(recording)
    return source if standard else to_mp4(source)


def _is_already(picture: Track, square: Square) -> bool:
    context = picture.stream.codec_context
    return (
        codec_of(picture) == "h264"
        and (context.width, context.height) == (square.size, square.size)
        and (picture.start, picture.end) == (Fraction(0), square.seconds)
        and (context.sample_aspect_ratio or 1) == 1
        and context.pix_fmt == "yuv420p"
        and picture.first_frame().rotation == 0
    )


def to_mp4(source: Source) -> bytes:
    """The clip as an mp4 that browsers play: packets copied where their codec allows it, encoded where not.

    Raises:
        ClipError: unreadable, or without a picture.
    """
    with reading(name_of(source)), read_recording(source) as recording:
        picture = require_picture(recording)
        if codec_of(picture) not in COPIED_VIDEO:
            picture = encoded_picture(picture).delayed(picture.start)
        sound = _copied_or_encoded(recording.sound)
        return mux_mp4(picture, sound) if sound else mux_mp4(picture)


def _copied_or_encoded(sound: Track | None) -> Track | None:
    if sound is None or codec_of(sound) in COPIED_AUDIO:
        return sound
    return encoded_sound(sound).delayed(sound.start)
