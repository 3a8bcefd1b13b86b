"""Uploads are inspected before they are decoded, and refused in a sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hostile_clips import PROBLEMS, make_hostile
from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.media.probe import probe
from mma_space.clips import uploads
from mma_space.clips.gallery import MAX_BYTES, Library
from mma_space.clips.uploads import Upload, accept
from mma_space.page.sentences import in_a_sentence


@pytest.fixture(scope="module")
def readers() -> Iterator[WorkerPool]:
    with WorkerPool(1, imports=["mma_space.clips.uploads"]) as pool:
        yield pool


def test_a_short_clip_is_taken_whole(make_clip: Any, readers: WorkerPool) -> None:
    taken = accept(make_clip("up.mp4", seconds=3), readers, visual_class="Bird", audio_class="Clock")
    found = probe(taken.mp4)
    assert (found.video_codec, found.audio_codec) == ("h264", "aac")
    assert float(found.picture_seconds) == pytest.approx(3, abs=0.05)
    assert (taken.notices, taken.visual_class, taken.audio_class) == ((), "Bird", "Clock")


def test_a_long_one_is_cut_with_a_notice(make_clip: Any, readers: WorkerPool) -> None:
    taken = accept(make_clip("long.webm", "-c:v", "libvpx-vp9", "-c:a", "libopus", seconds=14), readers)
    assert float(probe(taken.mp4).picture_seconds) == pytest.approx(10, abs=0.05)
    assert taken.notices == ("It lasts 14.0 s: the first 10 s are used.",)


def test_a_large_picture_is_scaled_down(make_clip: Any, readers: WorkerPool) -> None:
    taken = accept(make_clip("tall.mp4", seconds=1.2, size="1920x1080"), readers)
    assert (probe(taken.mp4).width, probe(taken.mp4).height) == (1280, 720)
    assert "scaled down" in " ".join(taken.notices)


def test_without_sound_there_is_silence(make_clip: Any, readers: WorkerPool) -> None:
    taken = accept(make_clip("mute.mp4", "-an", "-c:v", "libx264"), readers, audio_class="Clock")
    assert (taken.has_video, taken.has_audio, taken.audio_class) == (True, False, None)
    assert "no sound" in taken.notices[0]


def test_a_sound_that_is_silent_counts_as_none(make_clip: Any, readers: WorkerPool) -> None:
    taken = accept(make_clip("quiet.mp4", "-af", "volume=0", "-c:v", "libx264"), readers)
    assert not taken.has_audio
    assert "silent throughout" in taken.notices[0]


def test_a_sound_alone_can_be_lent(make_clip: Any, readers: WorkerPool) -> None:
    taken = accept(make_clip("song.mp3", "-vn"), readers, visual_class="Bird", audio_class="Clock")
    assert (taken.has_video, taken.has_audio) == (False, True)
    assert (taken.visual_class, taken.audio_class) == (None, "Clock")


def test_a_silent_sound_alone_is_refused(make_clip: Any, readers: WorkerPool) -> None:
    with pytest.raises(ClipError, match="silent throughout"):
        accept(make_clip("silence.wav", "-vn", "-af", "volume=0"), readers)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("minute.mp4", {"seconds": 61, "size": "64x64", "rate": "5"}, "lasts 61 s; at most 60 s"),
        ("instant.mp4", {"seconds": 0.4}, "at least 1 s"),
        ("wide.mp4", {"seconds": 0.2, "size": "4096x64"}, "4096 x 64 pixels"),
    ],
)
def test_limits_are_said(name: str, options: dict[str, Any], said: str, make_clip: Any, readers: WorkerPool) -> None:
    with pytest.raises(ClipError) as refused:
        accept(make_clip(name, **options), readers)
    assert said in in_a_sentence(refused.value)


def test_a_codec_that_is_not_on_the_list_is_never_decoded(make_clip: Any, readers: WorkerPool) -> None:
    with pytest.raises(ClipError, match="coded as ffv1"):
        accept(make_clip("odd.mkv", "-c:v", "ffv1"), readers)


def test_too_many_bytes_are_refused_unread(tmp_path: Path, readers: WorkerPool) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(uploads.MAX_BYTES + 1)
    with pytest.raises(ClipError, match="at most 50 MB"):
        accept(large, readers)


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_a_hostile_file_gets_a_sentence(
    name: str, clip: Path, ffmpeg: Any, tmp_path_factory: pytest.TempPathFactory, readers: WorkerPool
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    files = make_hostile(folder, clip, clip, ffmpeg)
    if name in ("no-picture.mp4", "no-sound.mp4"):  # each of use here: a sound to lend, a picture to look at
        taken = accept(files[name], readers)
        assert taken.has_video != taken.has_audio
        return
    with pytest.raises((ClipError, FileNotFoundError)) as refused:
        accept(files[name], readers)
    if isinstance(refused.value, ClipError):
        said = in_a_sentence(refused.value)
        assert said.startswith("This file cannot be used: ")
        assert str(folder) not in said
        assert len(said) < 400


def test_after_a_crash_the_next_file_is_read(make_clip: Any, tmp_path: Path, readers: WorkerPool) -> None:
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(bytes(range(256)) * 400)
    with pytest.raises(ClipError):
        accept(junk, readers)
    assert accept(make_clip("up.mp4", seconds=3), readers).has_video


def test_the_oldest_uploads_make_room(library: Library) -> None:
    full, large = Library(library.gallery), bytes(MAX_BYTES // 4)
    for k in range(5):
        full.add(Upload(f"upload-{k}", large, True, True, ()))
    with pytest.raises(Exception, match="no longer here"):
        full.describe("upload-0")
    assert full.describe("upload-1").has_video
