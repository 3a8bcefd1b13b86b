"""Open untrusted media files."""

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

# Demuxers of self-contained files. Playlists, concat scripts, image sequences and devices are excluded because the
# *content* of a clip could then open other files or URLs.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,"
    "wav,mp3,flac,aac,nut,ivf,rm,mxf,gif,dv,h264,hevc,m4v,y4m,yuv4mpegpipe,w64,aiff,caf,amr,au,wv,tta,apng"
)

MAX_PIXELS = 8192 * 4352
"""Maximum pixels per frame (8K). Without a limit, a 750 KB file with frames of 16,000 x 16,000 takes a gigabyte."""

Source = Path | str | bytes
"""Path of a clip, or its content as bytes (as in the dataset's `video` column)."""

UNNAMED = "the clip"
"""Placeholder for an unknown clip name in errors; `reading` replaces it."""


def open_media(source: Source) -> InputContainer:
    """Open an untrusted media file; the caller must close the container, which is a context manager.

    Raises:
        ClipError: the file is missing, not a regular file, empty, or not recognised by any of `DEMUXERS`.
    """
    with reading(name_of(source)):
        try:
            container = _open(source, stream_options=[{"max_pixels": str(MAX_PIXELS)}] * 8)
        except ValueError:  # MPEG and FLV list no streams before probing
            container = _open(source, stream_options=None)
        for stream in (s for s in container.streams.video if s.codec_context is not None):
            # Both limits are needed: the stream options guard probing while opening, these guard decoding.
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            # Parallelism is by process, one per clip; threads would also obscure which packet was skipped.
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
    """Convert I/O, memory and PyAV errors into a `ClipError`, and name the clip in every `ClipError`."""
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
        cause = str(getattr(error, "strerror", None) or error or type(error).__name__)
        raise ClipError(
            name,
            "unknown_container" if isinstance(error, av.error.ArgumentError | av.error.InvalidDataError) else "damaged",
            f"not a recording that can be read ({cause[:120]}); expected mp4, mkv, webm, avi, ts, mov or the like",
        ) from error


def name_of(source: Source) -> str:
    """Return the name by which messages refer to a source."""
    return f"<{len(source)} bytes>" if isinstance(source, bytes) else os.fspath(source)


def video_stream(container: InputContainer) -> av.VideoStream:
    """Return the first video stream that is not a cover image; raise a ClipError if there is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    raise ClipError(UNNAMED, "no_picture", "holds no video stream; a clip needs a picture and a sound")


def audio_stream(container: InputContainer) -> av.AudioStream | None:
    """Return the first decodable audio stream; None if the file has no such stream."""
    return next((s for s in container.streams.audio if s.codec_context is not None and s.rate), None)


def _regular_file(path: Path) -> Path:
    try:
        mode = path.stat()
    except OSError as error:
        raise ClipError(path, "missing_file", f"no such file ({error.strerror}); check the path") from error
    # Opening a FIFO would block forever.
    if not stat.S_ISREG(mode.st_mode):
        raise ClipError(path, "not_a_file", "is not a regular file; expected a recording such as clip.mp4")
    if mode.st_size == 0:
        raise ClipError(path, "empty", "is empty (0 bytes); download or copy it again")
    return path.resolve()
