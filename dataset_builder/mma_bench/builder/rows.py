"""Build the rows of one clip, as one task of a worker process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from mma_bench.benchmark.conditions import CONDITIONS, Condition
from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.benchmark.schema import Row
from mma_bench.media.blank import black, fit_audio
from mma_bench.media.demux import read_recording
from mma_bench.media.operations import silence_like
from mma_bench.media.sound import decode_flac, encode_flac, fit_samples
from mma_bench.media.tracks import Track, mux_mp4
from mma_bench.sources.clips import PreparedClip


@dataclass(frozen=True)
class ClipTask:
    """A clip, its planned rows, and the audio donors of these rows by clip id."""

    clip: PreparedClip
    rows: Sequence[PlannedRow]
    donors: Mapping[str, PreparedClip]
    questions: Questions


def rows_of_clip(task: ClipTask) -> list[Row]:
    """Build all rows of one clip, reading the file of the clip and of each donor once.

    Raises:
        ClipError: a file is missing or has changed since it was validated.
    """
    with ExitStack() as open_files:
        treated = _TreatedClip(task.clip, open_files)
        return [_row(treated, row, task.donors.get(row.donor_id or ""), task.questions) for row in task.rows]


def _row(treated: _TreatedClip, row: PlannedRow, donor: PreparedClip | None, questions: Questions) -> Row:
    condition, clip = CONDITIONS[row.condition], treated.clip
    video, video_sha256 = treated.video(condition)
    audio, audio_sha256, flac = treated.audio(condition, donor)
    return Row(
        id=row.id,
        video=treated.mp4(condition, video, audio, donor),
        audio=flac,
        visual_class=row.visual_class,
        audio_class=row.audio_class,
        visual_present=condition.visual_present,
        audio_present=condition.audio_present,
        visual_question=questions.of(row, "visual"),
        audio_question=questions.of(row, "audio"),
        caption_class=row.caption_class,
        clip_id=row.clip_id,
        donor_id=row.donor_id,
        youtube_id=clip.youtube_id,
        start_seconds=clip.start_seconds,
        end_seconds=clip.end_seconds,
        seed=row.seed,
        condition=row.condition,
        video_sha256=video_sha256,
        audio_sha256=audio_sha256,
    )


class _TreatedClip:
    """A clip with the tracks, digests and mp4 files that several of its rows share."""

    def __init__(self, clip: PreparedClip, open_files: ExitStack) -> None:
        self.clip = clip
        self._open_files = open_files
        clip.require_unchanged()
        self._recording = open_files.enter_context(read_recording(clip.mp4))
        video = self._recording.require_video()
        self._own_video = video, video.sha256
        self._muxed: dict[tuple[str, str, str | None], bytes] = {}

    def video(self, condition: Condition) -> tuple[Track, str]:
        match condition.video:
            case "own":
                return self._own_video
            case "black":
                return self._black

    def audio(self, condition: Condition, donor: PreparedClip | None) -> tuple[Track, str, bytes]:
        match condition.audio:
            case "own":
                return self._own_audio
            case "silence":
                return self._silence
            case "donor":
                assert donor is not None, "a swapped row is planned with its donor"
                return self._audio_of(donor)

    def mp4(self, condition: Condition, video: Track, audio: Track, donor: PreparedClip | None) -> bytes:
        """Mux video and audio into one file; conditions that differ only in text share the result."""
        key = condition.video, condition.audio, donor.clip_id if donor else None
        if key not in self._muxed:
            self._muxed[key] = mux_mp4(video, audio)
        return self._muxed[key]

    @cached_property
    def _black(self) -> tuple[Track, str]:
        track = black(self._own_video[0])
        return track, track.sha256

    @cached_property
    def _own_audio(self) -> tuple[Track, str, bytes]:
        track = self._recording.require_audio()
        return track, track.sha256, self.clip.flac.read_bytes()

    @cached_property
    def _silence(self) -> tuple[Track, str, bytes]:
        track = silence_like(self._recording)
        return track, track.sha256, _silent_flac(decode_flac(self._own_audio[2]).size)

    def _audio_of(self, donor: PreparedClip) -> tuple[Track, str, bytes]:
        donor.require_unchanged()
        audio = self._open_files.enter_context(read_recording(donor.mp4, "audio")).require_audio()
        length, flac = self._own_video[0].end, donor.flac.read_bytes()
        track, samples = fit_audio(audio, length), decode_flac(flac)
        fitted = fit_samples(samples, length)
        return track, track.sha256, flac if fitted.size == samples.size else encode_flac(fitted)


@lru_cache(maxsize=8)
def _silent_flac(samples: int) -> bytes:
    return encode_flac(np.zeros(samples, np.float32))
