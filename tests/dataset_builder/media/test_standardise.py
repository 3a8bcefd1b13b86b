"""Training clips: square, of exactly one length, the sound copied (paper, section 5.1 and appendix C)."""

from fractions import Fraction

import numpy as np
import pytest

from mma_bench.core.errors import ClipError
from mma_bench.media.demux import read_recording
from mma_bench.media.encode import Square
from mma_bench.media.frames import sample_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import fit_samples, read_sound
from mma_bench.media.standardise import TRAINING, standardise

SMALL = Square(96, Fraction(2))
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


def test_the_papers_shape_is_504_pixels_and_ten_seconds():
    assert Square(504, Fraction(10)) == TRAINING


@pytest.mark.parametrize("rate", ["25", "30000/1001", "15", "59/2", "10"])
def test_the_picture_is_square_and_exactly_as_long_as_asked(rate, make_clip):
    source = make_clip(f"rate-{rate.replace('/', '-')}.mp4", rate=rate)
    made = standardise(source, SMALL)
    info = probe(made)
    assert (info.width, info.height, info.picture_seconds) == (96, 96, 2)
    assert 0 <= info.sound_seconds - 2 < Fraction(1024, 44100)
    assert fit_samples(read_sound(made), 2).shape == (32_000,)


def test_frames_keep_their_own_times(make_clip):
    source = make_clip("vfr2.mp4", "-vf", "select='not(mod(n,3))+lt(mod(n,10),2)'", "-fps_mode", "vfr", *X264)
    own, made = read_recording(source).video, read_recording(standardise(source, SMALL)).video
    shown = sorted(p.pts * own.time_base for p in own.packets)
    assert [float(p.pts * made.time_base) for p in made.packets] == pytest.approx(
        [float(t) for t in shown if t < 2], abs=1e-4
    )


def test_the_sounds_packets_are_copied(clip):
    own, made = read_recording(clip).audio, read_recording(standardise(clip, SMALL)).audio
    n = len(made.packets)
    assert [bytes(p) for p in made.packets] == [bytes(p) for p in own.packets][:n]


@pytest.mark.parametrize(("size", "name"), [("320x120", "wide"), ("120x320", "tall"), ("96x96", "square")])
def test_the_aspect_ratio_is_kept_and_the_centre_is_cropped(size, name, ffmpeg, tmp_path):
    # A white disc in the middle of black stays a disc in the middle.
    width, height = map(int, size.split("x"))
    disc = f"geq=lum='255*lt(hypot(X-{width}/2,Y-{height}/2),40)':cb=128:cr=128"
    source = tmp_path / f"{name}.mp4"
    picture = ("-f", "lavfi", "-i", f"color=black:size={size}:rate=10:duration=2,format=yuv420p,{disc}")
    ffmpeg(*picture, "-f", "lavfi", "-i", "sine=duration=2", *X264, source)
    frame = sample_frames(standardise(source, SMALL), fps=1)[0].mean(axis=2) > 128
    rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
    assert rows.mean() == pytest.approx(47.5, abs=1.5)
    assert columns.mean() == pytest.approx(47.5, abs=1.5)


def test_pixels_that_are_not_square_become_square(ffmpeg, tmp_path):
    source = tmp_path / "anamorphic.mp4"
    disc = "geq=lum='255*lt(hypot((X-60)*2,Y-60),40)':cb=128:cr=128,setsar=2/1"
    picture = ("-f", "lavfi", "-i", f"color=black:size=120x120:rate=10:duration=2,format=yuv420p,{disc}")
    ffmpeg(*picture, "-f", "lavfi", "-i", "sine=duration=2", *X264, source)
    frame = sample_frames(standardise(source, SMALL), fps=1)[0].mean(axis=2) > 128
    assert np.ptp(np.flatnonzero(frame.any(axis=0))) == pytest.approx(np.ptp(np.flatnonzero(frame.any(axis=1))), abs=3)


def test_a_turned_clip_is_upright(ffmpeg, make_clip, tmp_path):
    source, turned = make_clip("for-turning.mp4", size="96x96"), tmp_path / "turned.mp4"
    ffmpeg("-i", source, "-c", "copy", "-metadata:s:v", "rotate=90", turned)
    made, shown = sample_frames(standardise(turned, SMALL), fps=1), sample_frames(turned, fps=1)
    assert probe(standardise(turned, SMALL)).rotation == 0
    assert np.abs(made[0].astype(int) - shown[0]).mean() < 6
    assert np.abs(made[0].astype(int) - sample_frames(source, fps=1)[0]).mean() > 20


def test_levels_are_those_that_ffmpeg_gives(make_clip, ffmpeg, tmp_path):
    for name, options in {
        "limited": ("-pix_fmt", "yuv420p"),
        "full": ("-pix_fmt", "yuvj420p", "-color_range", "pc"),
    }.items():
        source = make_clip(f"levels-{name}.mp4", *X264, *options, size="96x96")
        theirs = tmp_path / f"{name}.mp4"
        ffmpeg("-i", source, "-vf", "scale=out_range=tv,format=yuv420p", "-c:v", "libx264", "-qp", "0", theirs)
        ours = sample_frames(standardise(source, SMALL), fps=1)[0].astype(int)
        assert np.abs(ours - sample_frames(theirs, fps=1)[0]).mean() < 3


def test_a_clip_that_is_already_so_is_copied(clip):
    made = standardise(clip, SMALL)
    again = standardise(made, SMALL)
    assert read_recording(again).video.sha256 == read_recording(made).video.sha256


def test_a_shorter_clip_is_refused_and_told_how_short_it_is(clip):
    with pytest.raises(ClipError, match=r"3\.00 s of picture where a training clip needs 10 s") as refused:
        standardise(clip)
    assert refused.value.problem == "too_short"


def test_a_clip_that_misses_less_than_a_frame_is_whole(make_clip):
    # 299 frames at 29.97: how a 10 s clip often comes out of a cut.
    source = make_clip("a-frame-less.mp4", seconds=1.95, rate="30000/1001")
    info = probe(source)
    assert 2 - 1 / 29.97 < info.picture_seconds < 2
    assert probe(standardise(source, SMALL)).picture_seconds == 2


def test_a_sound_that_ends_early_is_continued_with_silence(ffmpeg, tmp_path):
    source = tmp_path / "short-sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=96x96:duration=3", "-f", "lavfi", "-i", "sine=duration=1", *X264, source)
    heard = fit_samples(read_sound(standardise(source, SMALL)), 2)
    assert len(heard) == 32_000
    assert heard[8000:15_000].any()
    assert not heard[18_000:].any()


@pytest.fixture
def flash_and_beep(ffmpeg, tmp_path):
    """A flash and a beep together, 1 s into the picture, which starts 0.5 s after the sound."""
    source, late = tmp_path / "together.mp4", tmp_path / "late.mp4"
    flash = "color=black:size=96x96:rate=50:duration=3,format=yuv420p,drawbox=color=white:t=fill:enable='gte(t,1)'"
    beep = "sine=frequency=440:duration=3,volume='gte(t,1)':eval=frame"
    ffmpeg("-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep, *X264, source)
    maps = ("-map", "1:v", "-map", "0:a", "-c", "copy")
    ffmpeg("-i", source, "-itsoffset", "0.5", "-i", source, *maps, late)
    return late


def test_a_picture_that_starts_late_stays_with_its_sound(flash_and_beep):
    def flash(mp4):
        return np.flatnonzero(sample_frames(mp4, fps=50).mean(axis=(1, 2, 3)) > 128)[0] / 50

    made = standardise(flash_and_beep, Square(96, Fraction(5, 2)))
    assert flash(flash_and_beep) == pytest.approx(1.5, abs=0.03)
    assert flash(made) == pytest.approx(1.5, abs=0.03)
    assert np.array_equal(read_sound(made)[:32_000], read_sound(flash_and_beep)[:32_000])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("anamorphic", ("-vf", "setsar=2/1", *X264)),
        ("444", (*X264, "-pix_fmt", "yuv444p")),
        ("10 bit", (*X264, "-pix_fmt", "yuv420p10le")),
    ],
)
def test_what_is_square_in_numbers_only_is_not_copied(name, options, make_clip):
    source = make_clip(f"not-yet-{name}.mp4", *options, size="96x96", seconds=2)
    made = read_recording(standardise(source, SMALL)).video
    assert made.sha256 != read_recording(source).video.sha256
    assert made.stream.codec_context.pix_fmt == "yuv420p"
    assert (made.stream.codec_context.sample_aspect_ratio or 1) == 1


def test_a_turned_square_is_not_copied(ffmpeg, make_clip, tmp_path):
    source, turned = make_clip("square-for-turning.mp4", size="96x96", seconds=2), tmp_path / "turned-square.mp4"
    ffmpeg("-i", source, "-c", "copy", "-metadata:s:v", "rotate=90", turned)
    assert probe(standardise(turned, SMALL)).rotation == 0
