"""Opening a file that somebody else made."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition

from mma_bench.core.errors import ClipError

# Demuxers that read one self-contained recording. Playlists, concat scripts, image sequences and devices are left
# out: with them the *content* of a clip would choose what other file or address is opened.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,"
    "wav,mp3,flac,aac,nut,ivf,rm,mxf,gif,dv,h264,hevc,m4v,y4m,yuv4mpegpipe,w64,aiff,caf,amr,au,wv,tta,apng"
)

MAX_PIXELS = 8192 * 4352
"""The largest frame that is decoded (8K). A 750 KB file can claim 16,000 x 16,000 and take over a gigabyte."""

Source = Path | str | bytes
"""A clip on disk, or the bytes of one (a dataset's `video` column)."""


def open_media(source: Source) -> InputContainer:
    """Open `source` for reading, trusting nothing about it. The caller closes it (it is a context manager).

    Raises:
        ClipError: not a regular file, empty, or nothing that a demuxer of `DEMUXERS` recognises.
    """
    name = name_of(source)
    with reading(name):
        try:
            container = _open(source, stream_options=[{"max_pixels": str(MAX_PIXELS)}] * 8)
        except ValueError:  # MPEG and FLV do not know their streams before they are probed
            container = _open(source, stream_options=None)
        for stream in (s for s in container.streams.video if s.codec_context is not None):
            # Both are needed: the stream options guard the probing at open, these the decoding afterwards.
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            # Clips are many and processes are the unit of parallelism; threads would also blur which packet is skipped.
            stream.codec_context.thread_type = "NONE"
        return container


def _open(source: Source, *, stream_options: list[dict[str, str]] | None) -> InputContainer:
    return av.open(
        io.BytesIO(source) if isinstance(source, bytes) else f"file:{_regular_file(Path(source))}",
        options={"format_whitelist": DEMUXERS, "protocol_whitelist": "file"},
        stream_options=stream_options,
        metadata_errors="replace",
    )


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what FFmpeg's bindings raise on a bad file into a `ClipError`; give every `ClipError` the clip's name."""
    try:
        yield
    except ClipError as error:
        raise ClipError(name, error.problem, error.detail) from error
    except PermissionError as error:
        raise ClipError(name, "unreadable", f"cannot be read ({error.strerror}); check its permissions") from error
    except FileNotFoundError as error:
        raise ClipError(name, "missing_file", "no such file; check the path") from error
    except MemoryError as error:
        raise ClipError(name, "too_large", "reading it takes more memory than there is") from error
    except (av.error.FFmpegError, EOFError, ArithmeticError, LookupError, ValueError) as error:
        raise ClipError(
            name,
            "unknown_container" if isinstance(error, av.error.ArgumentError | av.error.InvalidDataError) else "damaged",
            f"not a recording that can be read ({_short(error)}); expected mp4, mkv, webm, avi, ts, mov or the like",
        ) from error


def name_of(source: Source) -> str:
    """How messages call a source."""
    return f"<{len(source)} bytes>" if isinstance(source, bytes) else os.fspath(source)


def picture_stream(container: InputContainer, name: str) -> av.VideoStream:
    """The stream that shows the picture; a cover image is not one.

    Raises:
        ClipError: there is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    raise ClipError(name, "no_picture", "holds no video stream; a clip needs a picture and a sound")


def sound_stream(container: InputContainer) -> av.AudioStream | None:
    """The first stream of sound that can be decoded, or None."""
    return next((s for s in container.streams.audio if s.codec_context is not None and s.rate), None)


def _regular_file(path: Path) -> Path:
    try:
        mode = path.stat()
    except OSError as error:
        raise ClipError(path, "missing_file", f"no such file ({error.strerror}); check the path") from error
    # A FIFO would block even a plain open, forever.
    if not stat.S_ISREG(mode.st_mode):
        raise ClipError(path, "not_a_file", "is not a regular file; expected a recording such as clip.mp4")
    if mode.st_size == 0:
        raise ClipError(path, "empty", "is empty (0 bytes); download or copy it again")
    return path.resolve()


def _short(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:120]
