"""Whatever PyAV can open goes in; an mp4 of the same picture and sound comes out."""

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mma_bench.media.demux import read_recording
from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import to_mp4
from recordings import AAC, FORMATS, X264


@pytest.fixture(params=FORMATS)
def case(request, make_clip):
    options, picture_copied, sound_copied = FORMATS[request.param]
    return make_clip(f"any/{request.param}", *options), picture_copied, sound_copied


def payloads(track):
    return [bytes(p) for p in track.packets]


def test_it_becomes_an_mp4_that_browsers_play_with_the_same_frames_at_the_same_times(case):
    source, _, _ = case
    mp4 = to_mp4(source)
    before, after = probe(source), probe(mp4)
    assert after.container.startswith("mov")
    assert after.video_codec in {"h264", "vp9", "av1"}
    assert after.audio_codec in {"aac", "mp3", "opus", "flac"}
    assert after.frames == before.frames
    assert float(after.picture_seconds) == pytest.approx(float(before.picture_seconds), abs=0.04)
    a, b = (sample_frames(s, fps=4, size=(120, 160)).astype(int) for s in (source, mp4))
    nearest = [np.abs(a - frame).mean(axis=(1, 2, 3)).argmin() for frame in b]
    assert nearest == list(range(len(a)))
    assert np.abs(a - b).mean() < 8  # one lossy encoding of hard edges


def test_its_sound_keeps_its_length_and_its_place_in_time(case):
    source, _, _ = case
    before, after = read_sound(source), read_sound(to_mp4(source))
    assert abs(len(before) - len(after)) <= 20
    n = min(len(before), len(after)) - 1600
    spectrum = [np.abs(np.fft.rfft(s[800:n])).argmax() for s in (before, after)]
    assert spectrum[0] == spectrum[1]
    shift = np.correlate(after[8000:12000], before[8000:12000], "full").argmax() - 3999
    assert abs(shift) % 36 in {0, 1, 2, 34, 35}  # 440 Hz repeats every 36 samples


def test_what_mp4_carries_is_copied_packet_for_packet(case):
    source, picture_copied, sound_copied = case
    mp4 = to_mp4(source)
    # Read both as mp4: other containers frame the same payload differently (start codes, ADTS headers).
    before, after = read_recording(to_mp4(mp4)), read_recording(mp4)
    assert payloads(before.video) == payloads(after.video)
    info = probe(source)
    assert (probe(mp4).video_codec == info.video_codec) == picture_copied
    assert (probe(mp4).audio_codec == info.audio_codec) == sound_copied


def test_it_lends_its_sound_and_takes_another(case, clip):
    source, _, _ = case
    for picture_of, sound_of in ((source, clip), (clip, source)):
        swapped = probe(swap_sound(picture_of, sound_of))
        packet = Fraction(4608, 44100)  # FLAC's, the longest
        assert 0 <= swapped.sound_seconds - swapped.picture_seconds < packet


def test_it_goes_black_and_silent(case):
    source, _, _ = case
    info = probe(source)
    black = zero_frames(source)
    assert sample_frames(black).max() == 0
    assert probe(black).frames == info.frames
    assert sample_frames(black, fps=1).shape[1:3] == sample_frames(to_mp4(source), fps=1).shape[1:3]
    assert not read_sound(remove_sound(source)).any()


def test_variable_frame_rate_is_kept(make_clip):
    drop = ("-vf", "select='not(mod(n,3))+lt(mod(n,10),2)'", "-fps_mode", "vfr")
    source = make_clip("vfr.mp4", *drop, *X264, *AAC)
    times = [p.pts for p in read_recording(source).video.packets]
    assert len(set(np.diff(sorted(times)))) > 1
    assert [p.pts for p in read_recording(to_mp4(source)).video.packets] == times
    assert sorted(p.pts for p in read_recording(zero_frames(source)).video.packets) == sorted(times)


@pytest.mark.parametrize("container", ["ts", "mkv"])
def test_a_clock_that_does_not_start_at_zero_is_set_to_the_clips_start(container, ffmpeg, clip, tmp_path):
    later = tmp_path / f"later.{container}"
    ffmpeg("-i", clip, "-c", "copy", "-output_ts_offset", "5", later)
    assert float(probe(later).picture_seconds) == pytest.approx(3, abs=0.1)
    assert len(read_sound(later)) == pytest.approx(3 * 16000, abs=800)


@pytest.mark.parametrize(("late", "picture_start", "sound_start"), [("picture", 0.7, 0), ("sound", 0, 0.7)])
def test_a_stream_that_starts_late_stays_late(late, picture_start, sound_start, ffmpeg, clip, tmp_path):
    delayed = tmp_path / "delayed.mp4"
    inputs = ("-itsoffset", "0.7", "-i", clip, "-i", clip)
    ffmpeg(*inputs, "-map", f"{late != 'picture':d}:v", "-map", f"{late != 'sound':d}:a", "-c", "copy", delayed)
    before, after = read_recording(delayed), read_recording(to_mp4(delayed))
    # A copied sound starts a packet of priming early, once its edit list is gone.
    assert float(before.video.start) == pytest.approx(picture_start, abs=0.002)
    assert float(before.audio.start) == pytest.approx(sound_start, abs=0.03)
    assert float(after.video.start) == pytest.approx(float(before.video.start), abs=0.001)
    assert float(after.audio.start) == pytest.approx(float(before.audio.start), abs=0.001)
    quiet = read_sound(delayed)[: int(0.65 * 16000)]
    assert quiet.any() == (late == "picture")


def test_a_picture_that_a_player_turns_stays_turned(ffmpeg, clip, other_clip, tmp_path):
    turned = tmp_path / "turned.mp4"
    ffmpeg("-i", clip, "-c", "copy", "-metadata:s:v", "rotate=90", turned)
    assert probe(turned).rotation % 180 == 90
    for made in (to_mp4(turned), swap_sound(turned, other_clip), zero_frames(turned), remove_sound(turned)):
        assert sample_frames(made, fps=1).shape[1:3] == (160, 120)


def test_a_copy_cut_between_key_frames_shows_only_what_its_edit_list_says(ffmpeg, make_clip, tmp_path):
    long = make_clip("long.mp4", *X264, "-g", "100", *AAC, seconds=6)
    cut = tmp_path / "cut.mp4"
    ffmpeg("-ss", "1.5", "-i", long, "-t", "2", "-c", "copy", cut)
    info = probe(cut)
    assert float(info.picture_seconds) == pytest.approx(2, abs=0.15)
    again = to_mp4(cut)
    assert probe(again).frames == info.frames
    assert np.array_equal(sample_frames(cut, fps=4), sample_frames(again, fps=4))
    assert probe(zero_frames(cut)).frames == info.frames


def test_a_clip_read_from_bytes_is_the_clip_read_from_disk(clip):
    assert probe(clip.read_bytes()) == probe(clip)
    assert np.array_equal(sample_frames(clip.read_bytes()), sample_frames(clip))


def test_a_cover_image_is_no_picture(ffmpeg, make_clip, tmp_path):
    cover = tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", cover)
    source, covered = make_clip("covered-source.mp4"), tmp_path / "covered.mp4"
    ffmpeg(
        "-i", source, "-i", cover, "-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic", covered
    )
    assert probe(covered).width == 160


def test_nothing_is_left_open_behind(clip, tmp_path):
    copy = Path(shutil.copy(clip, tmp_path / "c.mp4")).resolve()
    for _ in range(5):
        swap_sound(copy, copy)
        probe(copy)
    assert copy not in {held.resolve() for held in Path("/proc/self/fd").iterdir()}
    with copy.open():
        assert copy in {held.resolve() for held in Path("/proc/self/fd").iterdir()}
