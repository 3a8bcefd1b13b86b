"""Download one recording with yt-dlp."""

import errno
import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from logging import CRITICAL, Logger
from pathlib import Path
from typing import Any

import yt_dlp
from yt_dlp.extractor import gen_extractor_classes
from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import DownloadError, GeoRestrictedError, YoutubeDLError

from mma_bench.audioset.fetching.reasons import FetchError, reason_of
from mma_bench.core.files import storage_error
from mma_bench.core.records import Json

# Two files if the service separates video and audio; `cut` joins them, so that yt-dlp needs no ffmpeg. H.264 and AAC
# are preferred because they decode fastest; a format of unknown height counts as small enough.
_TOGETHER = "b[height<=?{h}]/b/w"
_APART = f"(bv[height<=?{{h}}][vcodec^=avc1]/bv[height<=?{{h}}],ba[acodec^=mp4a]/ba)/{_TOGETHER}"

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})

_QUIET: Mapping[str, Json] = {
    "quiet": True,
    "no_warnings": True,
    "noprogress": True,
    "color": "no_color",
    "ignoreerrors": False,
    "noplaylist": True,
    "playlist_items": "0",  # do not download anything from a playlist
    "overwrites": True,
    "updatetime": False,
    "fixup": "never",
    "skip_unavailable_fragments": False,  # a lost fragment would otherwise leave a silent gap
    "retries": 2,
    "fragment_retries": 2,
    "extractor_retries": 1,
    "socket_timeout": 20,
}


def download(address: str, folder: Path, *, max_height: int, access: Mapping[str, Json]) -> tuple[Path, Path]:
    """Download a recording into an empty folder; return the files of its video and audio, which may be the same.

    After a failure the folder's content must not be used.

    Args:
        address: URL of a page or a file.
        folder: the folder for the files.
        max_height: preferred maximum height in pixels; exceeded only if there is no smaller format.
        access: yt-dlp parameters for access, from `yt_dlp_options`.

    Raises:
        FetchError: the recording cannot be downloaded; has the reason, and the server's Retry-After if any.
        StorageError: the disk is full or refuses writing.
    """
    files = _load(address, folder, _APART.format(h=max_height), access)
    video = next((file for file, codecs in files if codecs["vcodec"] != "none"), None)
    audio = next((file for file, codecs in files if codecs["acodec"] != "none"), None)
    if video is None or audio is None:
        files = _load(address, folder, _TOGETHER.format(h=max_height), access)
        video = audio = files[0][0] if files else None
    if video is None or audio is None:
        raise FetchError("unavailable", "the address leads to no recording")
    return video, audio


class _Client(yt_dlp.YoutubeDL):  # type: ignore[misc]
    """A client that keeps the last HTTP error; yt-dlp itself keeps only its text after a failed download."""

    refusal: HTTPError | None = None

    def add_default_info_extractors(self) -> None:
        """Add yt-dlp's default extractors, which it would collect anew for each client."""
        for extractor in _extractors():
            self.add_info_extractor(extractor)

    def urlopen(self, req: Any) -> Any:
        try:
            return super().urlopen(req)
        except HTTPError as error:
            self.refusal = error
            raise


@cache
def _extractors() -> list[Any]:
    """Return the extractors that are enabled by default, plugins included, their URL patterns compiled."""
    enabled = [extractor for extractor in gen_extractor_classes() if extractor._ENABLED]
    for extractor in enabled:
        extractor.suitable("")
    return enabled


# On import, so that worker processes forked after it find plugins loaded and the patterns of 1,800 extractors compiled.
_Client(dict(_QUIET))


def _load(
    address: str, folder: Path, formats: str, access: Mapping[str, Json]
) -> list[tuple[Path, Mapping[str, Json]]]:
    """Download the formats; return the files, each with its `vcodec` and `acodec`."""
    wanted = {
        **_QUIET,
        **access,
        "format": formats,
        "paths": {"home": str(folder)},
        "outtmpl": {"default": "%(format_id)s.%(ext)s"},  # so that no text from a server becomes a path
        "logger": Logger("discarded", CRITICAL + 1),  # errors are raised as exceptions anyway
    }
    client = None
    try:
        if cookies := access.get("cookiefile"):  # copied, because yt-dlp would write to it
            wanted["cookiefile"] = str(shutil.copyfile(cookies, folder / "cookies.txt"))
        client = _Client(wanted)
        info = client.extract_info(address)
    except YoutubeDLError as error:
        raise _failure(error, client) from error
    except RequestError as error:
        raise FetchError(reason_of(str(error)), _first_line(str(error))) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise storage_error(folder, error) from error
        # A bug in one of yt-dlp's many extractors must not end the run.
        raise FetchError("other", f"{type(error).__name__}: {_first_line(str(error))}") from error
    if not info or info.get("_type", "video") != "video":
        raise FetchError("unavailable", "the address leads to a list of recordings, not to one")
    files = [(Path(part["filepath"]), part) for part in info.get("requested_downloads") or () if part.get("filepath")]
    return [(file, {kind: part.get(kind) for kind in ("vcodec", "acodec")}) for file, part in files if file.is_file()]


def _failure(error: YoutubeDLError, client: _Client | None) -> Exception:
    cause = error.exc_info[1] if isinstance(error, DownloadError) and error.exc_info else error
    if isinstance(error.__context__, OSError) and error.__context__.errno in _DISK:
        return storage_error(Path(error.__context__.filename or "."), error.__context__)
    message = _first_line(str(error))
    refusal = cause if isinstance(cause, HTTPError) else client.refusal if client and "HTTP Error" in message else None
    if isinstance(cause, GeoRestrictedError):
        return FetchError("geography", message)
    status = refusal.status if refusal else None
    loading = "unable to download video data" in message or message.startswith("Got error")
    after = _seconds(refusal.response.headers.get("Retry-After")) if refusal else None
    return FetchError(reason_of(message, status, loading=loading), message, retry_after=after)


def _first_line(message: str) -> str:
    """Return the first line of a yt-dlp message without labels and library names."""
    line = next((part.strip() for part in message.splitlines() if part.strip()), "")
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    line = message.rpartition("\r")[2].strip() if line == "ERROR:" else line
    line = line.partition(" (caused by ")[0]
    return re.sub(r"^(ERROR:\s*)?(\[[^]]*\]\s*)?([^\s:]{1,80}:\s+(?=[A-Z]))?", "", line)[:300]


def _seconds(header: str | None) -> float | None:
    """Parse a Retry-After header (seconds or a date) into seconds; None if it is missing or invalid.

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
