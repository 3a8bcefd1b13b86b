"""A cut is exact: the frame on screen at its start comes first, the sample heard at its start comes first.

The recordings tell the time: every frame shows its number in ten black or white bars, every second begins with a click.
"""

import io
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import av
import numpy as np
import pytest

from mma_bench.core.errors import ClipError
from mma_bench.media import MAX_SECONDS
from mma_bench.media.cut import cut
from mma_bench.media.probe import probe

BARS = "geq=lum='16+219*mod(floor(N/pow(2,floor(X/20))),2)':cb=128:cr=128"
CLICKS = "0.8*lt(mod(t,1),0.002)*sin(2*PI*1000*mod(t,1))"
SPARSE = ("-g", "250", "-keyint_min", "250", "-sc_threshold", "0", "-bf", "3")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", *SPARSE)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "250")
FRAGMENTED = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")

# name -> what it is made of, and how
RECORDINGS = {
    "plain.mp4": ("drawn", (*X264, "-c:a", "aac")),
    "vp9-opus.webm": ("drawn", (*VP9, "-c:a", "libopus")),
    "copied.mkv": ("plain.mp4", ("-c", "copy")),
    "transport.ts": ("plain.mp4", ("-c", "copy")),
    "fragmented.mp4": ("plain.mp4", ("-c", "copy", *FRAGMENTED)),
    "later.ts": ("plain.mp4", ("-c", "copy", "-output_ts_offset", "5")),
    "later.mkv": ("plain.mp4", ("-c", "copy", "-output_ts_offset", "5")),
    "variable-rate.mp4": ("plain.mp4", ("-vf", "select='not(mod(n,3))+lt(mod(n,10),2)'", "-fps_mode", "vfr", *X264)),
    "29.97.webm": ("drawn at 30000/1001", (*VP9, "-c:a", "libopus")),
    "mp3.mkv": ("plain.mp4", ("-c:v", "copy", "-c:a", "libmp3lame")),
    "flac.mkv": ("plain.mp4", ("-c:v", "copy", "-c:a", "flac")),
    "opus.mp4": ("plain.mp4", ("-c:v", "copy", "-c:a", "libopus")),
    "mpeg.mpg": ("plain.mp4", ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2")),
    "flash.flv": ("plain.mp4", ("-c", "copy")),
    "picture.mp4": ("plain.mp4", ("-an", "-c", "copy", *FRAGMENTED)),
    "sound.mp4": ("plain.mp4", ("-vn", "-c", "copy", "-frag_duration", "1000000", "-movflags", "+empty_moov")),
    "picture.webm": ("vp9-opus.webm", ("-an", "-c", "copy")),
    "sound.webm": ("vp9-opus.webm", ("-vn", "-c", "copy")),
    "faststart.mp4": ("plain.mp4", ("-c", "copy", "-movflags", "+faststart")),
}
PAIRS = [(name, name) for name in list(RECORDINGS)[:-5]]
PAIRS += [("picture.mp4", "sound.mp4"), ("picture.webm", "sound.webm"), ("plain.mp4", "sound.webm")]


@pytest.fixture(scope="module")
def recording(ffmpeg, made_once):
    """25 s at 25 frames per second with a key frame every ten seconds, in the container asked for."""

    def fill(folder):
        folder.mkdir()
        for name, (source, options) in RECORDINGS.items():
            if source.startswith("drawn"):
                rate = source.partition(" at ")[2] or "25"
                bars = f"color=black:size=200x64:rate={rate}:duration=25,format=yuv420p,{BARS}"
                clicks = f"aevalsrc='{CLICKS}':s=48000:d=25"
                ffmpeg("-f", "lavfi", "-i", bars, "-f", "lavfi", "-i", clicks, *options, folder / name)
            else:
                ffmpeg("-i", folder / source, *options, folder / name)

    return lambda name: made_once("recordings", fill) / name


class Told(NamedTuple):
    """Frames and samples of a recording that is decoded from its beginning."""

    frames: list[tuple[float, int]]
    clicks: list[float]
    samples: int
    zero: float

    def on_screen(self, at):
        begun = [number for time, number in self.frames if time - self.zero <= at + 5e-4]
        return begun[-1] if begun else self.frames[0][1]

    def clicks_between(self, start, end):
        return [c - self.zero - start for c in self.clicks if start <= c - self.zero < end - 0.01]


@cache
def played(source):
    """Decode everything in order, without the code under test."""
    frames, pcm, first, count = [], [], None, 0
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as container:
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                frames.append((frame.time, number_in(frame)))
            else:
                first, rate = (frame.time if first is None else first), frame.sample_rate
                at = round((frame.time - first) * rate)  # where packets are missing the next one is heard in its time
                if at - count > 960:
                    pcm.append(np.zeros(at - count))
                    count = at
                pcm.append(frame.to_ndarray()[0])  # there is one channel
                count += frame.samples
    zero = min([t for t in (first, frames[0][0] if frames else None) if t is not None])
    if first is None:
        return Told(frames, [], 0, zero)
    heard = np.concatenate(pcm)
    loud = np.flatnonzero(np.abs(heard) > 0.4 * np.abs(heard).max())
    clicks = [loud[0], *(b for a, b in pairwise(loud) if b - a > rate // 2)]
    return Told(frames, [first + c / rate for c in clicks], len(heard), zero)


def number_in(frame):
    plane = frame.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : frame.width]
    bars = luma.reshape(luma.shape[0], 10, -1)[:, :, luma.shape[1] // 40 : -(luma.shape[1] // 40)]
    return sum(int(bright) << k for k, bright in enumerate(bars.mean(axis=(0, 2)) > 128))


@pytest.mark.parametrize(("start", "end"), [(0, 2), (3.2, 8.2), (12.34, 14), (19.04, 24)])
@pytest.mark.parametrize(("picture", "sound"), PAIRS)
def test_it_begins_with_what_is_seen_and_heard_at_the_start_and_lasts_as_long_as_asked(
    picture, sound, start, end, recording
):
    seen, heard = played(recording(picture)), played(recording(sound))
    clip = cut(recording(picture), recording(sound), start=start, end=end)
    made, info = played(clip), probe(clip)
    assert made.frames[0] == (0, seen.on_screen(start))
    for time, number in made.frames[1:]:
        assert [t - seen.zero - start for t, n in seen.frames if n == number] == [pytest.approx(time, abs=1e-3)]
    assert made.clicks == [pytest.approx(c, abs=1e-3) for c in heard.clicks_between(start, end)]
    assert float(info.picture_seconds) == pytest.approx(end - start, abs=1e-5)
    assert float(info.sound_seconds) == pytest.approx(end - start, abs=1 / 44100)


def test_every_frame_between_start_and_end_is_there_and_no_other(recording):
    made = played(cut(recording("plain.mp4"), recording("plain.mp4"), start=3.2, end=8.2))
    assert [number for _, number in made.frames] == list(range(80, 205))


def test_a_start_between_two_frames_shows_the_one_that_is_on_screen(recording):
    made = played(cut(recording("plain.mp4"), recording("plain.mp4"), start=3.23, end=4))
    assert made.frames[:2] == [(0, 80), (pytest.approx(0.01, abs=1e-4), 81)]


def test_a_click_and_its_frame_stay_together_to_the_millisecond(recording):
    for name, _ in PAIRS[:7]:
        source, made = recording(name), played(cut(recording(name), recording(name), start=3.3, end=8.3))
        before = played(source)
        apart = [{n: t for t, n in told.frames}[125] - told.clicks[k] for told, k in ((before, 5), (made, 1))]
        assert apart[0] == pytest.approx(apart[1], abs=1e-3)


def test_it_shows_and_plays_what_ffmpegs_accurate_cut_does(recording, ffmpeg, tmp_path):
    source, theirs = recording("plain.mp4"), tmp_path / "theirs.mkv"
    ffmpeg("-ss", "12.34", "-to", "17.34", "-i", source, "-c:v", "libx264", "-qp", "0", "-c:a", "flac", theirs)
    ours, peer = played(cut(source, source, start=12.34, end=17.34)), played(theirs)
    # ffmpeg leaves out the frame that is already on screen at the start.
    assert [n for _, n in ours.frames][1:] == [n for _, n in peer.frames]
    assert ours.clicks == [pytest.approx(c, abs=1e-3) for c in peer.clicks]


@pytest.mark.parametrize("name", ["plain.mp4", "transport.ts", "vp9-opus.webm"])
def test_an_edit_list_or_a_cut_clock_moves_the_beginning(name, recording, ffmpeg, tmp_path):
    shorter = tmp_path / name
    ffmpeg("-ss", "11.5", "-i", recording(name), "-c", "copy", shorter)
    told, made = played(shorter), played(cut(shorter, shorter, start=4.2, end=8.2))
    assert made.frames[0] == (0, told.on_screen(4.2))
    assert made.clicks == [pytest.approx(c, abs=1e-3) for c in told.clicks_between(4.2, 8.2)]


def test_what_is_missing_at_the_end_by_less_than_a_frame_is_made_up_for(recording):
    made = cut(recording("plain.mp4"), recording("plain.mp4"), start=20, end=25.03)
    assert float(probe(made).picture_seconds) == pytest.approx(5.03)
    assert played(made).frames[-1] == (pytest.approx(4.96), 624)


@pytest.mark.parametrize("name", ["plain.mp4", "vp9-opus.webm", "transport.ts", "fragmented.mp4"])
@pytest.mark.parametrize(("start", "end"), [(20, 26), (40, 45.5)])
def test_a_recording_that_ends_before_the_cut_says_where(name, start, end, recording):
    with pytest.raises(
        ClipError, match=rf"its picture ends at 2[45]\.\d\d s where the cut ends at {end:.2f} s"
    ) as short:
        cut(recording(name), recording(name), start=start, end=end)
    assert short.value.problem == "too_short"
    assert short.value.clip.endswith(name)


def test_a_sound_that_ends_before_the_cut_says_where(recording, ffmpeg, tmp_path):
    early = tmp_path / "early.m4a"
    ffmpeg("-i", recording("plain.mp4"), "-vn", "-t", "7", "-c", "copy", early)
    with pytest.raises(
        ClipError, match=r"early\.m4a: its sound ends at 7\.0\d s where the cut ends at 8\.20 s"
    ) as short:
        cut(recording("plain.mp4"), early, start=3.2, end=8.2)
    assert short.value.problem == "too_short"
    end = float(probe(cut(recording("plain.mp4"), early, start=3.2, end=7.04)).sound_seconds)
    assert end == pytest.approx(3.84, abs=1e-4)


def test_where_less_is_enough_picture_and_sound_end_together_with_whichever_ends_first(recording, ffmpeg, tmp_path):
    early = tmp_path / "early.m4a"
    ffmpeg("-i", recording("plain.mp4"), "-vn", "-t", "7", "-c", "copy", early)
    info = probe(cut(recording("plain.mp4"), early, start=3.2, end=8.2, at_least=3))
    assert float(info.picture_seconds) == pytest.approx(3.8, abs=0.05)
    assert float(info.sound_seconds) == pytest.approx(float(info.picture_seconds), abs=0.001)
    with pytest.raises(ClipError, match="at least 4 s are needed"):
        cut(recording("plain.mp4"), early, start=3.2, end=8.2, at_least=4)


def test_a_sound_that_has_not_begun_is_silence(ffmpeg, recording, tmp_path):
    late, source = tmp_path / "late.mp4", recording("plain.mp4")
    ffmpeg("-i", source, "-itsoffset", "6.5", "-i", source, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    made = played(cut(late, late, start=3.2, end=8.2))
    assert made.frames[0] == (0, 80)
    assert made.clicks == [pytest.approx(3.3, abs=1e-3), pytest.approx(4.3, abs=1e-3)]


def test_picture_and_sound_are_both_needed(recording):
    with pytest.raises(ClipError, match=r"sound\.mp4: holds no video stream") as no_picture:
        cut(recording("sound.mp4"), recording("plain.mp4"), start=1, end=2)
    with pytest.raises(ClipError, match=r"picture\.mp4: holds no audio stream") as no_sound:
        cut(recording("plain.mp4"), recording("picture.mp4"), start=1, end=2)
    assert (no_picture.value.problem, no_sound.value.problem) == ("no_picture", "no_sound")


@pytest.mark.parametrize("name", ["faststart.mp4", "picture.webm"])
def test_half_a_file_is_told_from_a_short_recording_where_the_header_says_so(name, recording, tmp_path):
    half, data = tmp_path / name, recording(name).read_bytes()
    half.write_bytes(data[: len(data) * 6 // 10])
    with pytest.raises(ClipError, match=r"its header promises 25\.0\d s") as truncated:
        cut(half, recording("sound.webm"), start=19, end=24)
    assert truncated.value.problem == "truncated"
    assert played(cut(half, recording("sound.webm"), start=2, end=4)).frames[0] == (0, 50)


def test_noise_is_refused_by_name(recording, tmp_path):
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(np.random.default_rng(0).bytes(100_000))
    for picture, sound in ((noise, recording("plain.mp4")), (recording("plain.mp4"), noise)):
        with pytest.raises(ClipError, match=r"noise\.mp4: not a recording that can be read"):
            cut(picture, sound, start=0, end=1)


def test_bytes_are_cut_as_files_are_and_to_the_same_bytes_every_time(recording):
    source = recording("plain.mp4")
    assert cut(source.read_bytes(), source, start=3.2, end=5) == cut(source, source, start=3.2, end=5)


@pytest.mark.parametrize(("max_height", "size"), [(32, (100, 32)), (33, (102, 32)), (64, (200, 64)), (720, (200, 64))])
def test_only_what_is_higher_is_scaled_down(max_height, size, recording):
    info = probe(cut(recording("plain.mp4"), recording("plain.mp4"), start=3.2, end=4, max_height=max_height))
    assert (info.width, info.height) == size


def test_it_is_h264_and_aac_whatever_went_in(recording):
    info = probe(cut(recording("vp9-opus.webm"), recording("vp9-opus.webm"), start=1, end=2))
    assert (info.container[:3], info.video_codec, info.audio_codec) == ("mov", "h264", "aac")


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4), (-1, 4)])
def test_a_stretch_goes_forward_from_the_beginning_on(start, end, recording):
    with pytest.raises(ValueError, match=rf"from {start} to {end} s; expected 0 <= start < end"):
        cut(recording("plain.mp4"), recording("plain.mp4"), start=start, end=end)


def test_a_cut_is_no_longer_than_a_clip_may_be(recording):
    with pytest.raises(ClipError, match="at most 600 s are made") as refused:
        cut(recording("plain.mp4"), recording("plain.mp4"), start=0, end=MAX_SECONDS + 1)
    assert refused.value.problem == "too_large"


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_ten_seconds_after_an_hour_take_the_memory_and_time_of_ten_seconds(container, recording, ffmpeg, tmp_path):
    # Noise makes it large: 25 s of 3 MB, repeated.
    noisy, long = tmp_path / "noisy.mp4", tmp_path / f"long.{container}"
    noise = ("-vf", "scale=400:-2,noise=alls=60:allf=t", *X264, "-b:v", "1M", "-c:a", "copy")
    ffmpeg("-i", recording("plain.mp4"), *noise, noisy)
    ffmpeg("-stream_loop", "149", "-i", noisy, "-c", "copy", long)
    script = (
        "import sys, time, resource; from mma_bench.media.cut import cut; began = time.monotonic()\n"
        "cut(sys.argv[1], sys.argv[1], start=float(sys.argv[2]), end=float(sys.argv[2]) + 10)\n"
        "print(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )

    def measured(path, start):
        done = subprocess.run([sys.executable, "-c", script, path, str(start)], capture_output=True, text=True)
        assert re.match(r"[\d.]+ \d+", done.stdout), done.stderr
        return [float(part) for part in done.stdout.split()]

    seconds, megabytes = measured(long, 3601)
    short_seconds, short_megabytes = measured(noisy, 10)
    assert long.stat().st_size > 400_000_000
    assert megabytes < short_megabytes + 100
    assert seconds < 2 * short_seconds + 1
