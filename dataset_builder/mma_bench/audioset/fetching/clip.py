"""Fetch or verify one clip: the unit of work of a fetch."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mma_bench.audioset.fetching.reasons import FetchError, Reason
from mma_bench.core.errors import ClipError
from mma_bench.core.files import file_sha256, write_bytes
from mma_bench.core.records import Json
from mma_bench.manifest.clips import ManifestClip
from mma_bench.media.probe import probe

DOWNLOADS = ".download-"
"""Prefix of temporary download folders."""

_TOLERANCE = 0.1
"""Seconds by which a clip may be too short: one frame at a low frame rate."""

_BY_PROBLEM: Mapping[str, Reason] = {"too_short": "too_short", "no_sound": "no_sound", "no_picture": "no_picture"}


@dataclass(frozen=True)
class ClipTask:
    """A clip to fetch, with the fetch options."""

    clip: ManifestClip
    out: Path
    min_seconds: float
    max_height: int
    access: Mapping[str, Json]

    @property
    def file(self) -> Path:
        """Path of the clip's file."""
        return self.out / self.clip.file

    @property
    def needed(self) -> float:
        """Minimum length of the clip in seconds."""
        return min(self.min_seconds, self.clip.end_seconds - self.clip.start_seconds)


def fetch_clip(task: ClipTask) -> tuple[str, str]:
    """Download a recording, cut the clip, and write its file atomically.

    Return the file's SHA-256, and a remark if the recording ends before the clip does (otherwise an empty string).

    Raises:
        FetchError: the clip cannot be fetched.
        StorageError: the disk is full or refuses writing.
    """
    from mma_bench.audioset.fetching.download import download
    from mma_bench.media.cut import cut

    clip = task.clip
    # An empty folder, because yt-dlp would resume and trust any partial file that it finds.
    with tempfile.TemporaryDirectory(prefix=DOWNLOADS, dir=task.out, ignore_cleanup_errors=True) as folder:
        video, audio = download(clip.address, Path(folder), max_height=task.max_height, access=task.access)
        try:
            mp4 = cut(
                video,
                audio,
                start=clip.start_seconds,
                end=clip.end_seconds,
                at_least=task.needed,
                max_height=task.max_height,
            )
        except ClipError as error:
            raise FetchError(_BY_PROBLEM.get(error.problem, "corrupt"), error.detail) from error
    write_bytes(task.file, mp4)
    wanted, there = clip.end_seconds - clip.start_seconds, float(probe(task.file).picture_seconds)
    remark = f"the recording has {there:.2f} of its {wanted:g} s" if there < wanted - _TOLERANCE else ""
    return file_sha256(task.file), remark


def verify_clip(existing: tuple[ClipTask, str]) -> str:
    """Validate a file that is already in the folder; return its SHA-256.

    `existing` is the clip's task, and the SHA-256 that an earlier fetch recorded for the file (empty if there is none).

    Raises ClipError if the file has changed since it was fetched, or is damaged, too short or without audio.
    """
    task, fetched_sha256 = existing
    digest = file_sha256(task.file)
    if digest == fetched_sha256:
        return digest
    if fetched_sha256:
        raise ClipError(task.file, "damaged", "its content has changed since it was fetched")
    info = probe(task.file)
    if info.audio_codec is None:
        raise ClipError(task.file, "no_sound", "holds no audio stream")
    if info.picture_seconds < task.needed - _TOLERANCE:
        detail = f"{float(info.picture_seconds):.2f} s where {task.needed:g} s are needed"
        raise ClipError(task.file, "too_short", detail)
    return digest
