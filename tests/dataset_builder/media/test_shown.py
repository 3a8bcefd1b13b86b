"""What a player shows is what a row shows: edit lists, display matrices, colours, and starts between key frames."""

import re
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mma_bench.media.demux import read_recording
from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import Square, standardise, to_mp4

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
B_FRAMES = ("-bf", "2", "-g", "25")


@pytest.fixture(scope="module")
def four(make_clip):
    """4 s with B-frames and a key frame per second."""
    return make_clip("four.mp4", *X264, *B_FRAMES, "-c:a", "aac", seconds=4)


def as_ffmpeg_shows(source: Path | bytes, *options: str) -> np.ndarray:
    """Decode the first frame by the ffmpeg command, (H, W, 3)."""
    info = ("-i", "-") if isinstance(source, bytes) else ("-i", str(source))
    command = ["ffmpeg", "-v", "error", *info, "-frames:v", "1", *options, "-f", "image2pipe", "-c:v", "ppm", "-"]
    raw = subprocess.run(command, capture_output=True, check=True, input=source if isinstance(source, bytes) else None)
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", raw.stdout)
    assert header is not None
    pixels = np.frombuffer(raw.stdout[header.end() :], np.uint8)
    return pixels.reshape(int(header[2]), int(header[1]), 3).astype(int)


def with_edit_list(source: Path, target: Path, start: float, length: float) -> Path:
    """Let every edit list of an mp4 play `length` seconds from `start` on."""
    data = bytearray(source.read_bytes())
    scales = [struct.unpack(">I", data[m.start() + 16 : m.start() + 20])[0] for m in re.finditer(b"mdhd", data)]
    for scale, at in zip(scales, [m.start() for m in re.finditer(b"elst", data)], strict=True):
        (media_time,) = struct.unpack(">i", data[at + 16 : at + 20])
        struct.pack_into(">ii", data, at + 12, int(length * 1000), media_time + int(start * scale))
    target.write_bytes(data)
    return target


@pytest.mark.parametrize(("start", "length"), [(0, 2.5), (0, 1.04), (1.2, 2.6), (1.5, 1.0), (0.4, 3.6)])
def test_what_an_edit_list_cuts_off_is_in_no_row(start, length, four, clip, tmp_path):
    source = with_edit_list(four, tmp_path / "edited.mp4", start, length)
    frames = round(length * 25)
    shown = sample_frames(source, fps=25)
    whole = sample_frames(four, fps=25)[round(start * 25) :][:frames]
    assert abs(len(shown) - frames) <= 1
    assert np.abs(shown[:frames].astype(int) - whole[: len(shown)]).max() == 0
    for make in (to_mp4, remove_sound, lambda s: swap_sound(s, clip), zero_frames):
        made = make(source)
        assert float(probe(made).picture_seconds) == pytest.approx(length, abs=0.041)
        if make is not zero_frames:
            again = sample_frames(made, fps=25)[: len(whole)].astype(int)
            assert np.abs(again - whole[: len(again)]).mean() < 6
    assert len(read_sound(source)) / 16000 == pytest.approx(length, abs=0.05)


ONE = 65536
# a, b, c, d of the matrix: the eight ways to lay a picture on a screen
MATRICES = {
    "as coded": (1, 0, 0, 1),
    "turned left": (0, -1, 1, 0),
    "upside down": (-1, 0, 0, -1),
    "turned right": (0, 1, -1, 0),
    "mirrored": (-1, 0, 0, 1),
    "mirrored upside down": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0),
    "transposed the other way": (0, -1, -1, 0),
}


def with_matrix(source: Path, target: Path, matrix: tuple[float, float, float, float]) -> Path:
    """Write a display matrix into the header of the first track, which is the picture's."""
    data = bytearray(source.read_bytes())
    at = data.index(b"tkhd") + 44
    a, b, c, d = (round(entry * ONE) for entry in matrix)
    struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("name", MATRICES)
def test_a_picture_is_laid_on_the_screen_as_players_lay_it(name, four, tmp_path):
    source = with_matrix(four, tmp_path / "turned.mp4", MATRICES[name])
    coded = sample_frames(four, fps=1)[0].astype(int)
    a, b, c, d = MATRICES[name]
    # A pixel goes from (x, y) to (a x + c y, b x + d y): what the matrix says, by hand.
    y, x = np.mgrid[: coded.shape[0], : coded.shape[1]]
    u, v = a * x + c * y, b * x + d * y
    expected = np.zeros((v.max() - v.min() + 1, u.max() - u.min() + 1, 3), int)
    expected[v - v.min(), u - u.min()] = coded
    shown = sample_frames(source, fps=1)[0].astype(int)
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).max() <= 1
    copied = sample_frames(to_mp4(source), fps=1)[0].astype(int)
    assert np.abs(copied - expected).max() <= 1
    square = sample_frames(standardise(source, Square(120, Fraction(3))), fps=1)[0].astype(int)
    plain = sample_frames(standardise(four, Square(120, Fraction(3))), fps=1)[0].astype(int)
    turned = np.zeros_like(plain)
    y, x = np.mgrid[:120, :120]
    u, v = a * x + c * y, b * x + d * y
    turned[v - v.min(), u - u.min()] = plain
    assert np.abs(square - turned).mean() < 8
    black = zero_frames(source)
    assert sample_frames(black, fps=1)[0].shape == expected.shape


@pytest.mark.parametrize("matrix", [(0.866, -0.5, 0.5, 0.866), (1, 0.3, 0, 1), (0, 0, 0, 0), (2, 0, 0, 2)])
def test_what_is_no_right_angle_is_shown_as_it_is_coded(matrix, four, clip, tmp_path):
    source = with_matrix(four, tmp_path / "odd.mp4", matrix)
    assert probe(source).rotation == 0
    for each in (source, to_mp4(source), swap_sound(source, clip)):
        assert np.array_equal(sample_frames(each, fps=1), sample_frames(four, fps=1))


# name -> how the bars are made, with their tags
COLOURS = {
    "bt709": ("scale=out_color_matrix=bt709,format=yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709"),
    "bt601": ("scale=out_color_matrix=bt601,format=yuv420p", "-colorspace", "smpte170m"),
    "bt2020": ("scale=out_color_matrix=bt2020,format=yuv420p", "-colorspace", "bt2020nc", "-color_primaries", "bt2020"),
    "full range": ("scale=out_color_matrix=bt709:out_range=full,format=yuvj420p", "-color_range", "pc"),
    "pq": ("scale=out_color_matrix=bt2020,format=yuv420p", "-colorspace", "bt2020nc", "-color_trc", "smpte2084"),
    "untagged": ("format=yuv420p",),
}  # fmt: skip


@pytest.mark.parametrize(("name", "codec"), [*((name, "libx264") for name in COLOURS), ("bt709", "mpeg4")])
def test_an_encoded_picture_has_the_colours_of_its_source(name, codec, ffmpeg, tmp_path):
    source, (filters, *tags) = tmp_path / "bars.mov", COLOURS[name]
    video = ("-c:v", codec, "-q:v", "1") if codec == "mpeg4" else X264[:4]
    bars = "smptehdbars=s=640x360:r=25:d=2"
    ffmpeg(
        "-f", "lavfi", "-i", bars, "-f", "lavfi", "-i", "sine=d=2", "-vf", filters, *video, *tags, "-c:a", "aac", source
    )
    own, crop = as_ffmpeg_shows(source), slice(140, 500)
    ours = sample_frames(source, fps=1)[0].astype(int)
    train = standardise(source, Square(360, Fraction(2)))
    made = {"train": as_ffmpeg_shows(train), "frames": sample_frames(train, fps=1)[0].astype(int)}
    centres = [k for k in range(16, 344, 24) if np.abs(np.diff(own[90, crop][k - 8 : k + 8], axis=0)).max() < 3]
    assert len(centres) >= 4
    assert np.abs(ours[90, crop][centres] - own[90, crop][centres]).max() <= 6
    for each in made.values():
        assert np.abs(each[90][centres] - own[90, crop][centres]).max() <= 6
    if not name.startswith(("untagged", "full")) and codec == "libx264":
        with av.open(str(source)) as before, read_recording(train) as after:
            seen, given = next(before.decode(video=0)), after.require_video().first_frame()
            for tag in ("colorspace", "color_primaries", "color_trc"):
                assert int(getattr(seen, tag)) == int(getattr(given, tag)), tag


@pytest.mark.parametrize("dropped", [10, 30])
@pytest.mark.parametrize("container", ["ts", "mkv"])
def test_what_cannot_be_decoded_at_the_start_is_in_no_row(container, dropped, four, clip, tmp_path):
    source = tmp_path / f"between.{container}"
    with av.open(str(four)) as given, av.open(str(source), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in given.streams}
        for number, packet in enumerate(p for p in given.demux() if p.size):
            if packet.stream.type == "video" and number < 2 * dropped:
                continue
            packet.stream = streams[packet.stream_index]
            out.mux(packet)
    info = probe(source)
    with av.open(str(source)) as container_:
        decoded = sum(not frame.is_corrupt for frame in container_.decode(video=0))
    assert info.frames == decoded
    for make in (to_mp4, remove_sound, lambda s: swap_sound(s, clip), zero_frames):
        with read_recording(make(source)) as made:
            video = made.require_video()
            assert video.packets[0].is_keyframe
            assert len(video.packets) == info.frames
            assert sum(1 for _ in video.decoded()) == info.frames
    assert len(sample_frames(source, fps=25)) == len(sample_frames(zero_frames(source), fps=25))
