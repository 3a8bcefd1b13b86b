"""Sound stays on the picture's clock through lost packets, overlaps and jumps, in what models hear and in rows.

The recordings beep at 1, 2 and 3 s.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet

from mma_bench.media.cut import cut
from mma_bench.media.demux import read_recording
from mma_bench.media.operations import swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import Square, standardise, to_mp4

BEEPS = "aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)*gte(t,0.5)':s=48000:d=4"
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p")
# name -> the sound's options, and the container in which packets are lost
SOUNDS = {
    "aac.mp4": (("-c:a", "aac"), "mp4"),
    "aac.mkv": (("-c:a", "aac"), "mkv"),
    "he.ts": (("-c:a", "aac", "-ar", "22050"), "ts"),
    "mp3.mkv": (("-c:a", "libmp3lame"), "mkv"),
    "mp3.mp4": (("-c:a", "libmp3lame"), "mp4"),
    "opus.mkv": (("-c:a", "libopus"), "mkv"),
    "flac.mkv": (("-c:a", "flac"), "mkv"),
    "ac3.ts": (("-c:a", "ac3"), "ts"),
    "mp2.ts": (("-c:a", "mp2"), "ts"),
    "vorbis.mkv": (("-c:a", "libvorbis"), "mkv"),
}
Change = Callable[[int, Packet], bool]
"""Given the number of an audio packet and the packet, change its times; return whether it is kept."""


@pytest.fixture(scope="session")
def beeping(ffmpeg, made_once):
    def fill(folder: Path) -> None:
        folder.mkdir()
        for name, (options, _) in SOUNDS.items():
            picture = "testsrc2=s=160x120:r=25:d=4"
            ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", BEEPS, *X264, *options, folder / name)

    return lambda name: made_once("beeping", fill) / name


def changed(source: Path, target: Path, change: Change) -> Path:
    """Copy a recording packet by packet."""
    with av.open(str(source)) as given, av.open(str(target), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in given.streams}
        number = 0
        for packet in given.demux():
            if not packet.size:
                continue
            if packet.stream.type == "audio":
                number += 1
                if not change(number, packet):
                    continue
            packet.stream = streams[packet.stream_index]
            out.mux(packet)
    return target


def lost(which: Callable[[int, float], bool]) -> Change:
    return lambda number, packet: not which(number, float(packet.pts * packet.time_base))


def shifted(after: int, seconds: float) -> Change:
    def change(number: int, packet: Packet) -> bool:
        if number > after:
            packet.pts += round(seconds / packet.time_base)
            packet.dts = packet.pts
        return True

    return change


def beeps(sound: np.ndarray) -> list[float]:
    """Seconds at which a beep begins, of (N,) samples at 16 kHz."""
    loud = np.flatnonzero(abs(sound) > 0.06)
    return [float(t) / 16000 for t in loud[np.r_[True, np.diff(loud) > 4800]]]


def everywhere(source: Path, clip: Path) -> list[list[float]]:
    """Beeps in what a model hears, and in each kind of row that has the recording's sound."""
    made = [to_mp4(source), zero_frames(source), swap_sound(clip, source), standardise(source, Square(64, Fraction(3)))]
    return [beeps(read_sound(each)) for each in (source, *made)]


LOSSES = {
    "every fifth": lost(lambda number, _: number % 5 == 0),
    "one": lost(lambda number, _: number == 6),
    "two apart": lost(lambda number, _: number in (6, 8)),
    "half a second": lost(lambda number, seconds: 0.3 <= seconds < 0.8),
}


@pytest.mark.parametrize(
    ("name", "loss"),
    [(name, loss) for name in SOUNDS for loss in LOSSES if loss in ("every fifth", "one") or name == "aac.mp4"],
)
def test_lost_packets_move_no_later_sound(name, loss, beeping, other_clip, tmp_path):
    source = changed(beeping(name), tmp_path / f"lost.{SOUNDS[name][1]}", LOSSES[loss])
    # A packet of FLAC is 96 ms long, and what begins inside a lost one is heard from its end on.
    off = 0.11 if name == "flac.mkv" else 0.06
    for found in everywhere(source, other_clip):
        assert found[:2] == [pytest.approx(1, abs=off), pytest.approx(2, abs=off)]
        assert len(found) == 2 or found[2] == pytest.approx(3, abs=off)


@pytest.mark.parametrize("seconds", [0.03, 0.7])
@pytest.mark.parametrize("name", ["aac.mkv", "opus.mkv", "flac.mkv", "mp3.mkv", "ac3.ts"])
def test_a_clock_that_jumps_is_followed(name, seconds, beeping, other_clip, tmp_path):
    after = round(2.5 / _packet_seconds(beeping(name)))
    source = changed(beeping(name), tmp_path / f"jump.{SOUNDS[name][1]}", shifted(after, seconds))
    for found in everywhere(source, other_clip):
        assert found[:2] == [pytest.approx(1, abs=0.03), pytest.approx(2, abs=0.03)]
        assert len(found) == 2 or found[2] == pytest.approx(3 + seconds, abs=0.035)


@pytest.mark.parametrize("second", [3.9, 4.7])
@pytest.mark.parametrize("codec", ["aac", "ac3", "mp2"])
def test_transport_streams_one_after_the_other_are_played_by_their_clocks(codec, second, ffmpeg, tmp_path):
    parts = [tmp_path / "first.ts", tmp_path / "second.ts"]
    for part, offset in zip(parts, (10, 10 + second), strict=True):
        picture = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-f", "lavfi", "-i", BEEPS, *X264)
        ffmpeg(*picture, "-c:a", codec, "-output_ts_offset", str(offset), part)
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    expected = [1, 2, 3, second + 1, second + 2, second + 3]
    assert float(probe(both).picture_seconds) == pytest.approx(second + 4, abs=0.05)
    for each in (both, to_mp4(both), zero_frames(both)):
        assert beeps(read_sound(each)) == [pytest.approx(t, abs=0.035) for t in expected]


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.ogg", "a.opus", "a.flac", "a.wav", "a.aac", "a.mka"])
def test_a_sound_in_a_file_of_its_own_keeps_its_times(name, ffmpeg, make_clip, tmp_path):
    source, picture = tmp_path / name, make_clip("four-seconds.mp4", seconds=4)
    ffmpeg("-f", "lavfi", "-i", BEEPS, source)
    cut_out = cut(picture, source, start=0, end=3.9, at_least=3.5)
    for each in (source, cut_out):
        assert beeps(read_sound(each)) == [pytest.approx(t, abs=0.03) for t in (1, 2, 3)]


def _packet_seconds(source: Path) -> float:
    with read_recording(source, "audio") as recording:
        packet = recording.require_audio().packets[2]
        return float(packet.duration * packet.time_base)


@pytest.mark.parametrize("samples", [48129, 48000, 500])
@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "libopus", "flac"])
def test_a_short_donor_is_continued_in_silence_to_the_end_of_the_picture(codec, samples, ffmpeg, make_clip, tmp_path):
    long, donor = make_clip("ten.mp4", seconds=10), tmp_path / "donor.mp4"
    tone = f"sine=r=48000,atrim=end_sample={samples}"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=160x120:r=25:d=1",
        "-f",
        "lavfi",
        "-i",
        tone,
        *X264,
        "-c:a",
        codec,
        "-strict",
        "-2",
        donor,
    )
    made = swap_sound(long, donor)
    with read_recording(made) as recording:
        audio = recording.require_audio()
        assert len(audio.packets) < 10 * 48000 / 900
        ends = [p.pts + p.duration for p in audio.packets]
        assert [p.pts for p in audio.packets][1:] == ends[:-1], "packets overlap or leave gaps"
    sound = read_sound(made)
    assert len(sound) / 16000 == pytest.approx(10, abs=0.1)
    begins = samples / 48000
    assert abs(sound[round((begins + 0.1) * 16000) :]).max() < 0.01
    if begins > 0.5:
        assert abs(sound[3200 : round((begins - 0.1) * 16000)]).max() > 0.05


@pytest.mark.parametrize("b_frames", ["0", "3"])
@pytest.mark.parametrize("late", ["picture", "sound"])
@pytest.mark.parametrize("delay", [0.04, 0.7])
def test_a_late_stream_leaves_flac_and_mp4_on_one_clock(delay, late, b_frames, ffmpeg, beeping, tmp_path):
    whole, source = tmp_path / "whole.mp4", tmp_path / "late.mp4"
    picture = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", b_frames, "-b_strategy", "0", "-pix_fmt", "yuv420p")
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=4", "-f", "lavfi", "-i", BEEPS, *picture, "-c:a", "aac", whole
    )
    first, second = ("0:v", "1:a") if late == "picture" else ("0:a", "1:v")
    ffmpeg("-itsoffset", str(delay), "-i", whole, "-i", whole, "-map", first, "-map", second, "-c", "copy", source)
    own = beeps(read_sound(to_mp4(source)))
    for made in (source, swap_sound(beeping("aac.mp4"), source)):
        assert beeps(read_sound(made)) == [pytest.approx(t, abs=0.003) for t in own]
    assert float(probe(source).picture_seconds) == pytest.approx(float(probe(to_mp4(source)).picture_seconds), abs=0.03)
