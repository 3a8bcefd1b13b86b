"""The three media of a clip: what the dataset's conditions hold, made once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mma_bench.core.errors import ClipError
from mma_bench.media.operations import remove_sound, zero_frames
from mma_bench.media.sound import read_sound
from mma_eval.checks.media import media_of


def test_they_are_what_removing_the_sound_and_zeroing_the_frames_give(clip: Path) -> None:
    media = media_of(clip, "a")
    assert media["picture"].video == remove_sound(clip)
    assert media["sound"].video == zero_frames(clip)
    assert [(m.visual_present, m.audio_present) for m in media.values()] == [(True, True), (True, False), (False, True)]


def test_the_picture_is_the_clips_where_it_is_seen_and_black_where_not(clip: Path) -> None:
    media = media_of(clip, "a")
    assert np.array_equal(media["picture"].frames(), media["both"].frames())
    assert media["both"].frames().max() > 100
    assert media["sound"].frames().shape == media["both"].frames().shape
    assert not media["sound"].frames().any()


def test_the_sound_is_the_clips_where_it_is_heard_and_silence_where_not(clip: Path) -> None:
    media = media_of(clip, "a")
    assert np.array_equal(media["both"].sound(), read_sound(clip))
    assert np.array_equal(media["sound"].sound(), media["both"].sound())
    assert media["picture"].sound().shape == media["both"].sound().shape
    assert not media["picture"].sound().any()


def test_media_that_share_a_stream_have_its_key_in_common(clip: Path, other_clip: Path) -> None:
    media, other = media_of(clip, "a"), media_of(other_clip, "b")
    assert media["picture"].video_key == media["both"].video_key != media["sound"].video_key
    assert media["sound"].audio_key == media["both"].audio_key != media["picture"].audio_key
    assert media["both"].video_key != other["both"].video_key
    assert media["sound"].video_key != other["sound"].video_key  # black for 3 s and for 4 s


def test_black_at_other_times_is_another_picture(make_clip: Callable[..., Path]) -> None:
    slow, fast = (media_of(make_clip(f"{rate}.mp4", rate=rate, seconds=50 / int(rate)), "a") for rate in ("10", "25"))
    assert slow["sound"].frames().shape != fast["sound"].frames().shape  # 50 black frames in 5 s and in 2 s
    assert slow["sound"].video_key != fast["sound"].video_key


def test_a_file_that_is_no_standard_mp4_becomes_one(make_clip: Callable[..., Path]) -> None:
    webm = make_clip("clip.avi", "-c:v", "mpeg4", "-c:a", "pcm_s16le")
    media = media_of(webm, "a")
    assert all(m.video[4:8] == b"ftyp" for m in media.values())
    assert media["both"].frames().max() > 100
    assert media["both"].sound().any()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("-c:v", "libx264", "-an"), "no_sound"),
        (("-vn", "-c:a", "aac"), "no_picture"),
        (("-vf", "drawbox=color=black:t=fill", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"), "black"),
        (("-c:v", "libx264", "-pix_fmt", "yuv420p", "-af", "volume=0", "-c:a", "aac"), "silent"),
    ],
)
def test_a_clip_with_nothing_to_see_or_hear_is_refused(
    options: tuple[str, ...], problem: str, make_clip: Callable[..., Path]
) -> None:
    with pytest.raises(ClipError) as refused:
        media_of(make_clip(f"{problem}.mp4", *options), "a")
    assert refused.value.problem == problem


def test_a_clip_that_begins_in_the_dark_is_not_black(make_clip: Callable[..., Path]) -> None:
    fading = ("-vf", "fade=in:st=1:d=1", "-c:v", "libx264", "-g", "500", "-pix_fmt", "yuv420p", "-c:a", "aac")
    assert media_of(make_clip("fading.mp4", *fading), "a")["both"].frames().max() > 100


def test_a_very_quiet_clip_is_not_silent(make_clip: Callable[..., Path]) -> None:
    quiet = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-af", "volume=-50dB", "-c:a", "flac", "-strict", "-2")
    assert media_of(make_clip("quiet.mp4", *quiet), "a")["both"].sound().any()


def test_real_clips_share_their_frames_between_the_media(real_clips: Path) -> None:
    for file in sorted(real_clips.glob("*.mp4"))[::3]:
        media = media_of(file, "a")
        assert np.array_equal(media["picture"].frames(), media["both"].frames()), file.name
        assert media["sound"].frames().shape == media["both"].frames().shape, file.name
