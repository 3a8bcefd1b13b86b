"""Downloading one recording with yt-dlp."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import yt_dlp
from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import DownloadError, GeoRestrictedError, YoutubeDLError

from mma_bench.audioset.fetching.reasons import FetchError, reason_of
from mma_bench.core.files import storage_error

# Two files where the service keeps picture and sound apart: joining them is the cut's business, and needs no ffmpeg.
# H.264 and AAC first, which decode fastest; formats of unknown height count as small enough.
_TOGETHER = "b[height<=?{h}]/b/w"
_APART = f"(bv[height<=?{{h}}][vcodec^=avc1]/bv[height<=?{{h}}],ba[acodec^=mp4a]/ba)/{_TOGETHER}"

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})

_QUIET: Mapping[str, Any] = {
    "quiet": True,
    "no_warnings": True,
    "noprogress": True,
    "color": "no_color",
    "ignoreerrors": False,
    "noplaylist": True,
    "playlist_items": "0",  # of an address that leads to a list nothing is loaded
    "overwrites": True,
    "updatetime": False,
    "fixup": "never",
    "skip_unavailable_fragments": False,  # else a lost fragment would leave a hole, and no word of it
    "retries": 2,
    "fragment_retries": 2,
    "extractor_retries": 1,
    "socket_timeout": 20,
}


@dataclass(frozen=True)
class Downloaded:
    """A recording as files, whole; picture and sound may be one."""

    picture: Path
    sound: Path


def download(address: str, folder: Path, *, max_height: int, access: Mapping[str, Any]) -> Downloaded:
    """Download a recording into an empty folder.

    Args:
        address: of a page or a file.
        folder: where its files go; what a failure leaves there must not be used.
        max_height: pixels; larger ones are taken only where there is nothing smaller.
        access: parameters of yt-dlp that say who asks, and how (`yt_dlp_options`).

    Raises:
        FetchError: it cannot be had; says why, and how long to wait if the server does.
        StorageError: the disk is full or not ours to write.
    """
    files = _load(address, folder, _APART.format(h=max_height), access)
    picture = next((file for file, codecs in files if codecs["vcodec"] != "none"), None)
    sound = next((file for file, codecs in files if codecs["acodec"] != "none"), None)
    if picture is None or sound is None:
        files = _load(address, folder, _TOGETHER.format(h=max_height), access)
        picture = sound = files[0][0] if files else None
    if picture is None or sound is None:
        raise FetchError("unavailable", "the address leads to no recording")
    return Downloaded(picture, sound)


class _Client(yt_dlp.YoutubeDL):  # type: ignore[misc]
    """Remembers what the server answered: of a failure while loading yt-dlp keeps the words only."""

    refusal: HTTPError | None = None

    def urlopen(self, req: Any) -> Any:
        try:
            return super().urlopen(req)
        except HTTPError as error:
            self.refusal = error
            raise


class _Silence:
    """A logger; what goes wrong comes as an exception."""

    def debug(self, message: str) -> None: ...
    def info(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def _load(address: str, folder: Path, formats: str, access: Mapping[str, Any]) -> list[tuple[Path, Mapping[str, Any]]]:
    wanted = {
        **_QUIET,
        **access,
        "format": formats,
        "paths": {"home": str(folder)},
        "outtmpl": {"default": "%(format_id)s.%(ext)s"},  # nothing that a server says becomes a path
        "logger": _Silence(),
    }
    client = None
    try:
        client = _Client(wanted | _own_cookies(access, folder))
        info = client.extract_info(address)
    except YoutubeDLError as error:
        raise _failure(error, client) from error
    except RequestError as error:
        raise FetchError(reason_of(str(error)), _plain(str(error))) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise storage_error(folder, error) from error
        # A defect of one of yt-dlp's many extractors costs its clip, not the run.
        raise FetchError("other", f"{type(error).__name__}: {_plain(str(error))}") from error
    if not info or info.get("_type", "video") != "video":
        raise FetchError("unavailable", "the address leads to a list of recordings, not to one")
    files = [(Path(part["filepath"]), part) for part in info.get("requested_downloads") or () if part.get("filepath")]
    return [(file, {kind: part.get(kind) for kind in ("vcodec", "acodec")}) for file, part in files if file.is_file()]


def _own_cookies(access: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """yt-dlp writes the cookies back when it is done; the user's file is not ours to change."""
    if not access.get("cookiefile"):
        return {}
    return {"cookiefile": str(shutil.copyfile(access["cookiefile"], folder / "cookies.txt"))}


def _failure(error: YoutubeDLError, client: _Client | None) -> Exception:
    cause = error.exc_info[1] if isinstance(error, DownloadError) and error.exc_info else error
    if isinstance(error.__context__, OSError) and error.__context__.errno in _DISK:
        return storage_error(Path(error.__context__.filename or "."), error.__context__)
    message = _plain(str(error))
    refusal = cause if isinstance(cause, HTTPError) else client.refusal if client and "HTTP Error" in message else None
    if isinstance(cause, GeoRestrictedError):
        return FetchError("geography", message)
    status = refusal.status if refusal else None
    loading = "unable to download video data" in message or message.startswith("Got error")
    after = _seconds(refusal.response.headers.get("Retry-After")) if refusal else None
    return FetchError(reason_of(message, status, loading=loading), message, retry_after=after)


def _plain(message: str) -> str:
    """The first line of what yt-dlp said, without its labels and its libraries' names."""
    line = next((part.strip() for part in message.splitlines() if part.strip()), "")
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    line = message.rpartition("\r")[2].strip() if line == "ERROR:" else line
    line = line.partition(" (caused by ")[0]
    return re.sub(r"^(ERROR:\s*)?(\[[^]]*\]\s*)?([^\s:]{1,80}:\s+(?=[A-Z]))?", "", line)[:300]


def _seconds(header: str | None) -> float | None:
    """Retry-After: seconds, or a date.

    >>> _seconds("120"), _seconds("soon"), _seconds(None)
    (120.0, None, None)
    """
    if header is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", header):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
