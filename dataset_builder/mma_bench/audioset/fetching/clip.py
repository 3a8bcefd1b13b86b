"""The unit of work of a fetch: one clip, from its address to its file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mma_bench.audioset.fetching.reasons import FetchError, Reason
from mma_bench.core.errors import ClipError
from mma_bench.core.files import file_sha256, write_bytes
from mma_bench.manifest.clips import ManifestClip
from mma_bench.media.probe import probe

DOWNLOADS = ".download-"
"""What the folders of downloads under way are called."""

_TOLERANCE = 0.1
"""Seconds that a file may be shorter than it should: a frame of a slow recording."""

_OF_PROBLEM: Mapping[str, Reason] = {"too_short": "too_short", "no_sound": "no_sound", "no_picture": "no_picture"}


@dataclass(frozen=True)
class ClipTask:
    """A clip to fetch, and how."""

    clip: ManifestClip
    out: Path
    min_seconds: float
    max_height: int
    access: Mapping[str, Any]

    @property
    def file(self) -> Path:
        """Where the clip goes."""
        return self.out / self.clip.file

    @property
    def needed(self) -> float:
        """Seconds that there must be of the clip."""
        return min(self.min_seconds, self.clip.end_seconds - self.clip.start_seconds)


@dataclass(frozen=True)
class Fetched:
    """A clip's file."""

    sha256: str
    remark: str
    """What is to be said of it; empty if all is as the manifest has it."""


def fetch_clip(task: ClipTask) -> Fetched:
    """Download a recording, cut the clip out of it, write its file whole.

    Raises:
        FetchError: the clip cannot be had.
        StorageError: the disk is full or not ours to write.
    """
    from mma_bench.audioset.fetching.download import download
    from mma_bench.media.cut import cut

    clip = task.clip
    # A folder of its own: yt-dlp would take up whatever half of a file it found, and trust it.
    with tempfile.TemporaryDirectory(prefix=DOWNLOADS, dir=task.out, ignore_cleanup_errors=True) as folder:
        found = download(clip.address, Path(folder), max_height=task.max_height, access=task.access)
        try:
            mp4 = cut(
                found.picture,
                found.sound,
                start=clip.start_seconds,
                end=clip.end_seconds,
                at_least=task.needed,
                max_height=task.max_height,
            )
        except ClipError as error:
            raise FetchError(_OF_PROBLEM.get(error.problem, "corrupt"), error.detail) from error
    write_bytes(task.file, mp4)
    wanted, there = clip.end_seconds - clip.start_seconds, float(probe(task.file).picture_seconds)
    remark = f"the recording has {there:.2f} of its {wanted:g} s" if there < wanted - _TOLERANCE else ""
    return Fetched(file_sha256(task.file), remark)


@dataclass(frozen=True)
class Check:
    """A file that is there already."""

    task: ClipTask
    fetched_sha256: str
    """What an earlier run wrote; empty if none did."""


def verify_clip(check: Check) -> str:
    """Check a file that is there already; returns its SHA-256.

    Raises:
        ClipError: it is not the clip: changed since it was fetched, or else damaged, too short or without a sound.
    """
    task = check.task
    digest = file_sha256(task.file)
    if digest == check.fetched_sha256:
        return digest
    if check.fetched_sha256:
        raise ClipError(task.file, "damaged", "its content has changed since it was fetched")
    info = probe(task.file)
    if info.audio_codec is None:
        raise ClipError(task.file, "no_sound", "holds no audio stream")
    if info.picture_seconds < task.needed - _TOLERANCE:
        detail = f"{float(info.picture_seconds):.2f} s where {task.needed:g} s are needed"
        raise ClipError(task.file, "too_short", detail)
    return digest
