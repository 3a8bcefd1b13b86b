"""A file that a stranger sends: looked at before it is decoded, both in a process of its own."""

from __future__ import annotations

import hashlib
import resource
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av

from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool, result_of
from mma_bench.media.blank import fit_audio, silence
from mma_bench.media.container import audio_stream, open_media, reading, video_stream
from mma_bench.media.encode_audio import encode_audio
from mma_bench.media.encode_video import Span, encode_video
from mma_bench.media.mux import mux_mp4
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.window import read_window

MAX_BYTES = 50_000_000
MAX_SECONDS = 60.0
"""A longer file is refused; of others the first `KEPT_SECONDS` are used."""
KEPT_SECONDS = 10
MIN_SECONDS = 1
MAX_FRAME = (3840, 2160)
"""Width and height in pixels, in either order."""
KEPT_HEIGHT = 720
VIDEO_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mjpeg", "prores", "theora")
SOUND_CODECS = ("aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3", "amrnb", "amrwb")
"""And every kind of PCM."""
TIMEOUT = 40.0
"""Seconds that decoding and encoding may take."""
_MEMORY = 4_000_000_000  # bytes of address space, of the process that reads files
_SILENT = 1e-3  # of full scale: below what 10 bits hold


@dataclass(frozen=True)
class Upload:
    """A file, made into a clip."""

    id: str
    """upload-<digest of its content>; the visitor's file name is used for nothing."""
    mp4: bytes
    """H.264 and AAC, at most `KEPT_SECONDS` long; one of them where the other is missing."""
    has_picture: bool
    has_sound: bool
    notices: Sequence[str]
    """What was done to it, in sentences."""
    shows: str | None = None
    """The class of its picture, as the visitor says."""
    sounds_like: str | None = None


@dataclass(frozen=True)
class _Header:
    """What a file says of itself."""

    picture: tuple[str, int, int] | None
    """Codec, width, height."""
    sound: str | None
    seconds: float | None


@dataclass(frozen=True)
class _Made:
    mp4: bytes
    has_picture: bool
    has_sound: bool
    notices: tuple[str, ...]


def accept(path: Path, pool: WorkerPool, *, shows: str | None = None, sounds_like: str | None = None) -> Upload:
    """Make a clip of an uploaded file.

    Args:
        path: where it was put; its name says nothing.
        pool: processes in which it is decoded.
        shows: the class of its picture, where the visitor says so.
        sounds_like: the class of its sound.

    Raises:
        ClipError: it cannot be used; `detail` is a sentence for the visitor.
    """
    if path.stat().st_size > MAX_BYTES:
        size = f"{path.stat().st_size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are taken"
        raise ClipError("the file", "too_large", f"has {size}. Cut it or make it smaller")
    # Elsewhere from the first look on: to open some formats is to decode a little of them.
    made: _Made = result_of(pool.start(_made, path, timeout=TIMEOUT), name="the file", timeout=TIMEOUT)
    told = "\0".join((shows or "", sounds_like or ""))
    digest = hashlib.sha256(made.mp4 + told.encode()).hexdigest()[:20]
    return Upload(
        id=f"upload-{digest}",
        mp4=made.mp4,
        has_picture=made.has_picture,
        has_sound=made.has_sound,
        notices=made.notices,
        shows=shows if made.has_picture else None,
        sounds_like=sounds_like if made.has_sound else None,
    )


def _header(path: Path) -> _Header:
    with reading("the file"), open_media(path) as container:
        try:
            picture = video_stream(container, "the file").codec_context
        except ClipError:
            picture = None
        sound = audio_stream(container)
        lasts = container.duration / av.time_base if container.duration else None
        return _Header(
            None if picture is None else (picture.codec.canonical_name, picture.width, picture.height),
            None if sound is None else sound.codec_context.codec.canonical_name,
            lasts,
        )


def _require_known(header: _Header) -> None:
    if header.picture is None and header.sound is None:
        raise ClipError("the file", "no_picture", "holds neither a picture nor a sound; bring a video or a sound file")
    if header.picture is not None:
        codec, width, height = header.picture
        if codec not in VIDEO_CODECS:
            detail = f"its picture is coded as {codec}; taken are {', '.join(VIDEO_CODECS)}. Convert it to mp4 (H.264)"
            raise ClipError("the file", "unknown_container", detail)
        if max(width, height) > max(MAX_FRAME) or min(width, height) > min(MAX_FRAME):
            detail = f"its frames have {width} x {height} pixels; at most {MAX_FRAME[0]} x {MAX_FRAME[1]} are taken"
            raise ClipError("the file", "too_large", f"{detail}. Scale it down")
    if header.sound is not None and header.sound not in SOUND_CODECS and not header.sound.startswith("pcm_"):
        detail = f"its sound is coded as {header.sound}; taken are {', '.join(SOUND_CODECS)} and PCM. Convert it to AAC"
        raise ClipError("the file", "unknown_container", detail)
    if header.seconds is not None and header.seconds > MAX_SECONDS:
        detail = f"lasts {header.seconds:.0f} s; at most {MAX_SECONDS:.0f} s are taken. Cut it"
        raise ClipError("the file", "too_large", detail)


def _made(path: Path) -> _Made:
    """Look at a file, decode it if it looks all right, and encode what is kept of it. In a process of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    header = _header(path)
    _require_known(header)
    with reading("the file"):
        if header.picture is None:
            return _sound_alone(path, header)
        return _with_picture(path, header)


def _with_picture(path: Path, header: _Header) -> _Made:
    assert header.picture is not None
    lasts = float(probe(path).picture_seconds)  # and it holds what its header promises
    _require_known(replace(header, seconds=lasts))
    span, notices = Span(Fraction(0), Fraction(KEPT_SECONDS), KEPT_HEIGHT), _cut_notice(lasts)
    with read_window(path, "video", span) as seen:
        seconds = seen.seconds(seen.track.last_duration, Fraction(MIN_SECONDS))
        picture = encode_video(seen.track, seen.span.first(seconds))
        if header.picture[2] > KEPT_HEIGHT:
            notices += (f"Its frames were scaled down to {KEPT_HEIGHT} pixels in height.",)
        if header.sound is None:
            no_sound = "It has no sound: silence takes its place."
            return _Made(mux_mp4(picture, silence(seconds)), True, False, (*notices, no_sound))
        with read_window(path, "audio", span) as heard:
            sound = encode_audio(heard.track, heard.span.first(seconds))
            mp4 = mux_mp4(picture, fit_audio(sound, seconds))
    if _is_silent(mp4):
        return _Made(mp4, True, False, (*notices, "Its sound is silent throughout, so it counts as having none."))
    return _Made(mp4, True, True, notices)


def _sound_alone(path: Path, header: _Header) -> _Made:
    with read_window(path, "audio", Span(Fraction(0), Fraction(KEPT_SECONDS))) as heard:
        seconds = heard.seconds(Fraction(1, 20), Fraction(MIN_SECONDS))
        mp4 = mux_mp4(encode_audio(heard.track, heard.span.first(seconds)))
    if _is_silent(mp4):
        raise ClipError("the file", "no_sound", "its sound is silent throughout; choose another, or no sound at all")
    return _Made(mp4, False, True, _cut_notice(header.seconds or 0.0))


def _cut_notice(lasts: float) -> tuple[str, ...]:
    return (f"It lasts {lasts:.1f} s: the first {KEPT_SECONDS} s are used.",) if lasts > KEPT_SECONDS + 0.1 else ()


def _is_silent(mp4: bytes) -> bool:
    return bool(abs(read_sound(mp4)).max() < _SILENT)
