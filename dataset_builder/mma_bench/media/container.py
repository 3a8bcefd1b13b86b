"""Open untrusted media files."""

import errno
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

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
        container = _open(source)
        for stream in (s for s in container.streams.video if s.codec_context is not None):
            # Both limits are needed: the stream options guard probing while opening, these guard decoding.
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            # Parallelism is by process, one per clip; threads would also obscure which packet was skipped.
            stream.codec_context.thread_type = "NONE"
        return container


def _open(source: Source) -> InputContainer:
    """Open a source, probing no playlist and no frame of more than `MAX_PIXELS`."""
    trusted = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    limit = {"max_pixels": str(MAX_PIXELS)}
    if _PYAV >= 19:
        opened: InputContainer = av.open(_file(source), options=limit, container_options=trusted)
        return opened
    try:
        return av.open(_file(source), options=trusted, stream_options=[limit] * 8, metadata_errors="replace")
    except ValueError:  # MPEG and FLV list no streams before probing
        return av.open(_file(source), options=trusted, metadata_errors="replace")


_PYAV = int(av.__version__.partition(".")[0])
"""Major version of PyAV, whose `open` takes other arguments from 19 on."""


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Convert I/O, memory and PyAV errors into a `ClipError`, and name the clip in every `ClipError`."""
    try:
        yield
    except ClipError as error:
        raise ClipError(name, error.problem, error.detail) from error
    except PermissionError as error:
        if error.errno == errno.EPERM:  # a decoder's answer to damaged data; files give EACCES
            detail = "its video or audio is damaged and cannot be decoded; download or copy it again"
            raise ClipError(name, "damaged", detail) from error
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
    """Return the stream that `find_video_stream` chooses; raise a ClipError if there is none."""
    if (found := find_video_stream(container)) is None:
        raise ClipError(UNNAMED, "no_picture", "holds no video stream; a clip needs a picture and a sound")
    return found


def find_video_stream(container: InputContainer) -> av.VideoStream | None:
    """Return the first video stream that is no still image, or a still that is no cover; None if there is none."""
    streams = [s for s in container.streams.video if s.codec_context is not None]
    shown = [s for s in streams if not s.disposition & Disposition.attached_pic]
    return next((s for s in shown if not _is_still(s)), next(iter(shown), None))


def _is_still(stream: av.VideoStream) -> bool:
    marked = bool(stream.disposition & Disposition.still_image)
    return marked or stream.frames == 1 or stream.codec_context.name in _STILL_CODECS


_STILL_CODECS = frozenset({"png", "mjpeg", "bmp", "tiff", "webp", "jpeg2000"})
"""Codecs of stills, where another stream is a film; alone, MJPEG is one."""


def audio_stream(container: InputContainer) -> av.AudioStream | None:
    """Return the audio stream that players choose: the first decodable one that is marked as default, or the first.

    None if no audio stream can be decoded.
    """
    decodable = [s for s in container.streams.audio if s.codec_context is not None and s.rate]
    return next((s for s in decodable if s.disposition & Disposition.default), next(iter(decodable), None))


def declared_seconds(stream: av.VideoStream | av.AudioStream) -> Fraction | None:
    """Return the length of a stream in seconds that the file declares; None if it declares none.

    It is stored in the stream's header, in a Matroska tag such as 00:00:04.021000000, or in the header of a file
    without other streams.
    """
    container = stream.container
    if container.format.name in _ESTIMATED:
        return None
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    if parts := re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", stream.metadata.get("DURATION", "")):
        until = int(parts[1]) * 3600 + int(parts[2]) * 60 + Fraction(parts[3])
    elif container.duration and len(container.streams.video) + len(container.streams.audio) == 1:
        until = Fraction(container.duration, av.time_base)
    else:
        return None
    begun: Fraction = (stream.start_time or 0) * stream.time_base  # both count from the file's zero
    return until - max(Fraction(0), begun)


_ESTIMATED = frozenset({"aac", "ac3", "amr", "h264", "hevc", "m4v", "mp3", "mpegvideo"})
"""Demuxers of files without a header: FFmpeg estimates their length from the bit rate of the beginning."""


def _file(source: Source) -> str | BinaryIO:
    """Return what PyAV opens: the address of a regular file, or a file object."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    path = _regular_file(Path(source))
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:  # FFmpeg's names are UTF-8, those of files may be any bytes
        return path.open("rb")
    return f"file:{path}"


def require_plain(stream: Stream, packets: Sequence[Packet]) -> None:
    """Raise a ClipError if the packets of a stream are encrypted: they would be decoded to noise."""
    if packets[0].has_sidedata("encryption_info") or "enc_key_id" in stream.metadata:
        raise ClipError(UNNAMED, "encrypted", "is encrypted; decrypt it first, or leave it out")


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
