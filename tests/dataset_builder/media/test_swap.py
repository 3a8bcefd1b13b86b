"""A swap copies: A's picture, B's sound, cut or continued with silence to A's length."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from mma_bench.core.errors import ClipError
from mma_bench.media.demux import read_recording
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound

PACKET = Fraction(1024, 44100)


def payloads(track):
    return [bytes(p) for p in track.packets]


def times(track):
    return [(p.pts, p.dts, p.duration) for p in track.packets]


def test_the_pictures_packets_are_those_of_the_first_clip_at_their_times(clip, other_clip):
    own, swapped = read_recording(clip), read_recording(swap_sound(clip, other_clip))
    assert payloads(swapped.video) == payloads(own.video)
    assert times(swapped.video) == times(own.video)
    assert swapped.video.sha256 == own.video.sha256


def test_a_longer_sound_is_cut_to_the_picture(clip, other_clip):
    donor, swapped = read_recording(other_clip), read_recording(swap_sound(clip, other_clip))
    n = len(swapped.audio.packets)
    assert payloads(swapped.audio) == payloads(donor.audio)[:n]
    assert n < len(donor.audio.packets)
    assert 0 <= swapped.audio.end - swapped.video.end < PACKET


def test_a_shorter_sound_is_continued_with_silence(clip, other_clip):
    donor, swapped = read_recording(clip), read_recording(swap_sound(other_clip, clip))
    n = len(donor.audio.packets)
    assert payloads(swapped.audio)[:n] == payloads(donor.audio)
    assert 0 <= swapped.audio.end - swapped.video.end < PACKET
    heard = read_sound(swap_sound(other_clip, clip))
    assert np.abs(heard[:46_000]).max() > 0.05
    assert not heard[51_000:].any()


@pytest.mark.parametrize("codec", ["libmp3lame", "flac", "libopus", "aac"])
def test_silence_continues_a_sound_in_its_own_codec(codec, make_clip, other_clip):
    donor = make_clip(f"short-{codec}.mkv", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", codec, seconds=1)
    swapped = swap_sound(other_clip, donor)
    assert probe(swapped).audio_codec == probe(donor).audio_codec
    heard = read_sound(swapped)
    assert len(heard) == pytest.approx(4 * 16000, abs=1700)
    assert np.abs(heard[4000:12_000]).max() > 0.05
    assert np.abs(heard[20_000:]).max() < 1e-3


def test_the_swapped_sound_is_the_donors_sample_for_sample(clip, other_clip):
    donor, swapped = read_sound(other_clip), read_sound(swap_sound(clip, other_clip))
    assert np.array_equal(swapped[:46_000], donor[:46_000])


def test_a_swap_of_a_swap_gives_the_first_clip_back(clip, other_clip):
    back = read_recording(swap_sound(swap_sound(clip, other_clip), clip))
    own = read_recording(clip)
    assert payloads(back.video) == payloads(own.video)
    assert payloads(back.audio) == payloads(own.audio)[: len(back.audio.packets)]


def test_a_clip_without_sound_can_take_one_but_not_lend_one(make_clip, clip):
    mute = make_clip("mute.mp4", "-map", "0:v", "-c:v", "libx264", "-preset", "ultrafast")
    assert probe(swap_sound(mute, clip)).audio_codec == "aac"
    with pytest.raises(ClipError, match=r"mute\.mp4: has no audio .*; choose another donor"):
        swap_sound(clip, mute)


def test_removed_sound_is_digital_silence_of_the_same_length(clip):
    own, silent = read_recording(clip), read_recording(remove_sound(clip))
    assert payloads(silent.video) == payloads(own.video)
    assert silent.audio.end == own.audio.end
    assert silent.audio.stream.rate == own.audio.stream.rate
    assert silent.audio.stream.channels == own.audio.stream.channels
    heard = read_sound(remove_sound(clip))
    assert len(heard) == len(read_sound(clip))
    assert not heard.any()


def test_every_pixel_of_zeroed_frames_is_black(clip):
    with av.open(io.BytesIO(zero_frames(clip))) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 75
    assert all(not frame.to_ndarray(format="rgb24").any() for frame in frames)


def test_zeroed_frames_keep_count_size_times_and_sound(clip):
    own, zeroed = read_recording(clip), read_recording(zero_frames(clip))
    assert sorted(p.pts for p in zeroed.video.packets) == sorted(p.pts for p in own.video.packets)
    assert zeroed.video.end == own.video.end
    assert payloads(zeroed.audio) == payloads(own.audio)
    before, after = probe(clip), probe(zero_frames(clip))
    assert (after.width, after.height, after.fps) == (before.width, before.height, before.fps)


def test_ffmpeg_finds_nothing_to_complain_about(clip, other_clip, ffmpeg, tmp_path):
    for k, made in enumerate((swap_sound(clip, other_clip), remove_sound(clip), zero_frames(clip))):
        path = tmp_path / f"{k}.mp4"
        path.write_bytes(made)
        ffmpeg("-xerror", "-err_detect", "explode", "-i", path, "-f", "null", "-")


def test_the_same_inputs_give_the_same_bytes(clip, other_clip):
    for make in (lambda: swap_sound(clip, other_clip), lambda: remove_sound(clip), lambda: zero_frames(clip)):
        assert make() == make()


def test_a_made_clip_says_nothing_of_its_source(ffmpeg, clip, other_clip, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    ffmpeg("-i", clip, "-c", "copy", "-metadata", "title=Secret", "-metadata", "location=+48+011/", tagged)
    assert b"Secret" in tagged.read_bytes()
    made = swap_sound(tagged, other_clip)
    assert b"Secret" not in made
    assert b"+48+011" not in made
