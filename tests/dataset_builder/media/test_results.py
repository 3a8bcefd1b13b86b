"""Every result can be read; whatever `probe` refuses, as a clip or as a result, is refused by name."""

import csv
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import ClipError
from mma_bench.media.demux import read_recording
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import to_mp4


@pytest.fixture
def lying(ffmpeg, clip, tmp_path) -> Path:
    """A clip whose first key frame is to be shown after all others: it opens, but a copy of its packets does not."""
    fragmented, lying = tmp_path / "fragmented.mp4", tmp_path / "lying.mp4"
    encoded = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "10", "-c:a", "copy")
    ffmpeg("-i", clip, *encoded, "-movflags", "frag_keyframe+empty_moov", fragmented)
    data = bytearray(fragmented.read_bytes())
    run = data.index(b"trun")
    flags, at = struct.unpack_from(">I", data, run + 4)[0], run + 12
    at += 4 * sum(bool(flags & bit) for bit in (0x1, 0x4, 0x100, 0x200, 0x400))  # what stands before it
    assert flags & 0x800, "frames of this file are not reordered"
    struct.pack_into(">I", data, at, 100_000)
    lying.write_bytes(data)
    return lying


def test_packets_that_cannot_be_read_from_the_result_are_refused(lying, clip):
    assert probe(lying).frames == 75
    for make in (remove_sound, lambda s: swap_sound(s, clip)):
        with pytest.raises(ClipError, match=r"lying\.mp4: none of its frames is ever shown"):
            make(lying)


def test_such_a_clip_costs_a_build_that_clip_alone(lying, clip, other_clip, tmp_path):
    for name, file in (("bird", clip), ("clock", other_clip), ("rain", lying)):
        (folder := tmp_path / "source" / name).mkdir(parents=True)
        shutil.copy(file, folder)
    report = build(BuildOptions(source=str(tmp_path / "source"), out=tmp_path / "rows", workers=1))
    assert report.counts["aligned"] == {"test": 2}
    with (tmp_path / "rows" / "attrition.csv").open(newline="") as table:
        assert [Path(row["clip_id"]).name for row in csv.DictReader(table) if "ever shown" in str(row)] == [
            "rain-lying"
        ]


@pytest.mark.parametrize("container", ["mp4", "mkv", "flv"])
def test_a_recording_cut_off_in_the_middle_lends_and_takes_nothing(container, ffmpeg, clip, tmp_path):
    whole, torn = tmp_path / f"whole.{container}", tmp_path / f"torn.{container}"
    ffmpeg("-i", clip, "-c", "copy", "-movflags", "+faststart", whole)
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    makers = (remove_sound, zero_frames, lambda s: swap_sound(s, clip), lambda s: swap_sound(clip, s))
    for make in makers:
        assert probe(make(whole)).frames == 75
        with pytest.raises(ClipError, match=rf"torn\.{container}: holds .* download or copy it again"):
            make(torn)


def test_a_key_frame_that_cannot_be_decoded_is_refused_where_the_picture_is_encoded_too(make_clip, clip, tmp_path):
    source = make_clip("to-encode.mkv", "-c:v", "libvpx", "-g", "10", "-c:a", "libopus")
    with read_recording(source) as recording:
        second = [bytes(packet) for packet in recording.require_video().packets if packet.is_keyframe][1]
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(source.read_bytes().replace(second[:64], bytes(64)))
    for read in (probe, to_mp4, remove_sound, lambda s: swap_sound(s, clip)):
        with pytest.raises(ClipError, match="a frame cannot be decoded"):
            read(damaged)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.m4a", "a.mka", "a.ogg"])
def test_a_donor_needs_no_picture(name, ffmpeg, clip, tmp_path):
    donor = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "sine=f=880:r=48000:d=3", *(("-c:a", "libopus") if name == "a.ogg" else ()), donor)
    swapped = swap_sound(clip, donor)
    assert probe(swapped).frames == probe(clip).frames
    sound = read_sound(swapped)[8000:40_000]
    assert np.abs(np.fft.rfft(sound)).argmax() / 2 == pytest.approx(880, abs=2)


@pytest.mark.parametrize("container", ["mkv", "flv", "mp4", "ts"])
def test_a_donor_whose_sound_is_shorter_than_its_picture_lends_it(container, ffmpeg, clip, tmp_path):
    donor = tmp_path / f"short.{container}"
    picture, sound = ("-f", "lavfi", "-i", "testsrc2=s=64x64:d=4"), ("-f", "lavfi", "-i", "sine=f=880:r=44100:d=2")
    ffmpeg(*picture, *sound, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", donor)
    heard = read_sound(swap_sound(clip, donor))
    assert np.abs(heard[16_000:30_000]).max() > 0.05
    assert np.abs(heard[36_000:]).max() < 1e-3


@pytest.mark.parametrize("container", ["mkv", "flv", "wmv", "mp4", "avi", "ts"])
def test_a_donor_without_sound_says_so(container, ffmpeg, clip, tmp_path):
    mute = tmp_path / f"mute.{container}"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=2", *(() if container == "wmv" else ("-c:v", "libx264")), mute)
    with pytest.raises(ClipError, match="has no audio to combine with the video") as refused:
        swap_sound(clip, mute)
    assert refused.value.problem == "no_sound"


@pytest.mark.parametrize("name", ["quiet.aac", "quiet.mp3"])
def test_a_donor_without_a_header_may_begin_quietly(name, ffmpeg, clip, tmp_path):
    # FFmpeg estimates the length of such a file from the bit rate of its beginning.
    sound = "aevalsrc='(random(0)-0.5)*gt(t,6)':s=44100:d=12"
    options = ("-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0") if name == "quiet.mp3" else ()
    ffmpeg("-f", "lavfi", "-i", sound, *options, donor := tmp_path / name)
    assert probe(swap_sound(clip, donor)).frames == 75


@pytest.mark.parametrize("channels", [2, 10])
def test_a_sound_that_is_replaced_is_neither_encoded_nor_refused(channels, ffmpeg, clip, tmp_path, monkeypatch):
    camera = tmp_path / "camera.mov"
    tones = "aevalsrc=" + "|".join(["0.1*sin(2764*t)"] * channels) + ":s=44100:d=3"
    both = ("-i", clip, "-f", "lavfi", "-i", tones, "-map", "0:v", "-map", "1:a")
    ffmpeg(*both, "-c:v", "copy", "-c:a", "pcm_s16le", camera)
    monkeypatch.setattr("mma_bench.media.standardise.encode_audio", None)
    assert probe(swap_sound(camera, clip)).frames == 75


@pytest.mark.parametrize("late", ["0.5", "0"])
def test_a_donor_in_another_container_lends_its_sound_at_its_time(late, ffmpeg, other_clip, tmp_path):
    donor = tmp_path / "late.mkv"
    tone = ("-itsoffset", late, "-f", "lavfi", "-i", "sine=f=880:r=48000:d=2")
    ffmpeg("-i", other_clip, *tone, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "ac3", donor)
    heard = read_sound(swap_sound(other_clip, donor))
    assert np.flatnonzero(np.abs(heard) > 0.05)[0] / 16000 == pytest.approx(float(late), abs=0.03)


def test_a_refused_clip_is_closed(ffmpeg, clip, tmp_path):
    whole, torn = tmp_path / "whole.mkv", tmp_path / "torn.mkv"
    ffmpeg("-i", clip, "-c", "copy", whole)
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    for make in (remove_sound, lambda s: swap_sound(s, clip), lambda s: swap_sound(clip, s)):
        with pytest.raises(ClipError):
            make(torn)
        opened = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.exists()]
        assert torn not in opened
