"""Convert uploaded files into clips; a separate process inspects, decodes and re-encodes each file."""

import hashlib
import resource
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av

from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.media.blank import fit_audio, silence
from mma_bench.media.container import audio_stream, open_media, reading, video_stream
from mma_bench.media.cut import read_window
from mma_bench.media.encode import Span, encode_audio, encode_video
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.tracks import mux_mp4

MAX_BYTES = 50_000_000
MAX_SECONDS = 60.0
"""Maximum duration of an accepted file in seconds; only the first `KEPT_SECONDS` are used."""
KEPT_SECONDS = 10
MIN_SECONDS = 1
MAX_FRAME = (3840, 2160)
"""Maximum frame size of an accepted file in pixels, in either orientation."""
KEPT_HEIGHT = 720
VIDEO_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mjpeg", "prores", "theora")
AUDIO_CODECS = ("aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3", "amrnb", "amrwb")
"""Accepted audio codecs, in addition to all kinds of PCM."""
TIMEOUT = 40.0
"""Seconds after which decoding and encoding are aborted."""
_MEMORY = 4_000_000_000  # bytes of address space for the decoding process
_SILENT = 1e-3  # share of full scale, below the resolution of 10 bits


@dataclass(frozen=True)
class Upload:
    """A clip made from an uploaded file."""

    id: str
    """`upload-` and a digest of content and classes; the visitor's file name is not used."""
    mp4: bytes
    """Content of the clip: an mp4 with H.264, AAC or both, at most `KEPT_SECONDS` long."""
    has_video: bool
    has_audio: bool
    notices: Sequence[str]
    """Sentences that tell the visitor how the file was changed."""
    visual_class: str | None = None
    audio_class: str | None = None
    """Class of the audio as stated by the visitor, like `visual_class` for the video; None if unknown."""


@dataclass(frozen=True)
class _Header:
    video: tuple[str, int, int] | None
    """Codec, width and height of the video; None without video."""
    audio: str | None
    """Codec of the audio; None without audio."""
    seconds: float | None


def accept(path: Path, pool: WorkerPool, *, visual_class: str | None = None, audio_class: str | None = None) -> Upload:
    """Convert a visitor's file into a clip with the stated classes; raise a ClipError if it cannot be accepted."""
    if path.stat().st_size > MAX_BYTES:
        size = f"{path.stat().st_size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are accepted"
        raise ClipError("the file", "too_large", f"has {size}. Cut or compress it")
    # Even opening happens in another process, since opening some formats decodes their beginning.
    encoded: Upload = pool.result(_encode, (path,), name="the file", timeout=TIMEOUT)
    classes = "\0".join((visual_class or "", audio_class or ""))
    digest = hashlib.sha256(encoded.mp4 + classes.encode()).hexdigest()[:20]
    return replace(
        encoded,
        id=f"upload-{digest}",
        visual_class=visual_class if encoded.has_video else None,
        audio_class=audio_class if encoded.has_audio else None,
    )


def _header(path: Path) -> _Header:
    with reading("the file"), open_media(path) as container:
        try:
            video = video_stream(container).codec_context
        except ClipError:
            video = None
        audio = audio_stream(container)
        return _Header(
            None if video is None else (video.codec.canonical_name, video.width, video.height),
            None if audio is None else audio.codec_context.codec.canonical_name,
            container.duration / av.time_base if container.duration else None,
        )


def _require_accepted(header: _Header) -> None:
    if header.video is None and header.audio is None:
        raise ClipError("the file", "no_picture", "has neither picture nor sound; upload a video or sound file")
    if header.video is not None:
        codec, width, height = header.video
        if codec not in VIDEO_CODECS:
            detail = (
                f"its picture is encoded as {codec}; accepted: {', '.join(VIDEO_CODECS)}. Convert it to mp4 (H.264)"
            )
            raise ClipError("the file", "unknown_container", detail)
        if max(width, height) > max(MAX_FRAME) or min(width, height) > min(MAX_FRAME):
            detail = f"its frames have {width} x {height} pixels; at most {MAX_FRAME[0]} x {MAX_FRAME[1]} are accepted"
            raise ClipError("the file", "too_large", f"{detail}. Scale it down")
    if header.audio is not None and header.audio not in AUDIO_CODECS and not header.audio.startswith("pcm_"):
        detail = (
            f"its sound is encoded as {header.audio}; accepted: {', '.join(AUDIO_CODECS)} and PCM. Convert it to AAC"
        )
        raise ClipError("the file", "unknown_container", detail)
    if header.seconds is not None and header.seconds > MAX_SECONDS:
        detail = f"lasts {header.seconds:.0f} s; at most {MAX_SECONDS:.0f} s are accepted. Cut it"
        raise ClipError("the file", "too_large", detail)


def _encode(path: Path) -> Upload:
    """Convert a file into an upload without id; runs in a separate process, with limited memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    header = _header(path)
    _require_accepted(header)
    with reading("the file"):
        return _audio_alone(path, header) if header.video is None else _with_video(path, header, header.video[2])


def _with_video(path: Path, header: _Header, height: int) -> Upload:
    lasts = float(probe(path).picture_seconds)  # measured, since the header may be wrong
    _require_accepted(replace(header, seconds=lasts))
    span, notices = Span(Fraction(0), Fraction(KEPT_SECONDS), KEPT_HEIGHT), _cut_notice(lasts)
    with read_window(path, "video", span) as video:
        seconds = video.seconds(video.track.last_duration, Fraction(MIN_SECONDS))
        encoded_video = encode_video(video.track, video.span.first(seconds))
        if height > KEPT_HEIGHT:
            notices += (f"Its frames were scaled down to {KEPT_HEIGHT} pixels in height.",)
        if header.audio is None:
            notices += ("It has no sound: silence takes its place.",)
            return Upload("", mux_mp4(encoded_video, silence(seconds)), True, False, notices)
        with read_window(path, "audio", span) as audio:
            encoded_audio = encode_audio(audio.track, audio.span.first(seconds))
            mp4 = mux_mp4(encoded_video, fit_audio(encoded_audio, seconds))
    silent = _is_silent(mp4)
    if silent:
        notices += ("Its sound is silent throughout, so it counts as having none.",)
    return Upload("", mp4, True, not silent, notices)


def _audio_alone(path: Path, header: _Header) -> Upload:
    with read_window(path, "audio", Span(Fraction(0), Fraction(KEPT_SECONDS))) as audio:
        seconds = audio.seconds(Fraction(1, 20), Fraction(MIN_SECONDS))
        mp4 = mux_mp4(encode_audio(audio.track, audio.span.first(seconds)))
    if _is_silent(mp4):
        raise ClipError("the file", "no_sound", "its sound is silent throughout; upload another file")
    return Upload("", mp4, False, True, _cut_notice(header.seconds or 0.0))


def _cut_notice(lasts: float) -> tuple[str, ...]:
    return (f"It lasts {lasts:.1f} s: the first {KEPT_SECONDS} s are used.",) if lasts > KEPT_SECONDS + 0.1 else ()


def _is_silent(mp4: bytes) -> bool:
    return bool(abs(read_sound(mp4)).max() < _SILENT)
