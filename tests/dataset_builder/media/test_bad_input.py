"""Untrusted files give an error that names the file, never a crash, a hang or the content of another file."""

import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hostile_clips import PROBLEMS, make_hostile
from mma_bench.core.errors import ClipError
from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import to_mp4

READERS = (probe, read_sound, sample_frames, to_mp4, zero_frames, remove_sound)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, clip, make_clip, ffmpeg):
    return make_hostile(tmp_path_factory.mktemp("hostile ☠"), clip, make_clip("secret.ts"), ffmpeg)


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_a_file_that_is_no_clip_is_refused_by_name(name, hostile, clip):
    path = hostile[name]
    began = time.monotonic()
    refused = []
    for read in (*READERS, lambda p: swap_sound(p, clip), lambda p: swap_sound(clip, p)):
        try:
            read(path)
        except ClipError as error:
            refused.append(error)
    assert time.monotonic() - began < 20
    assert refused
    for error in refused:
        assert name in str(error)
        assert len(error.detail) > 20


@pytest.mark.parametrize("name", ["concat.mp4", "playlist.mp4"])
def test_a_text_that_names_another_file_does_not_get_it_played(name, hostile, ffmpeg):
    # The trap is real: told to trust it, ffmpeg plays the other clip.
    trusting = ("-safe", "0", "-f", "concat") if name == "concat.mp4" else ("-allowed_extensions", "ALL", "-f", "hls")
    ffmpeg(*trusting, "-i", hostile[name], "-f", "null", "-")
    for read in READERS:
        with pytest.raises(ClipError, match=name):
            read(hostile[name])


@pytest.mark.parametrize("name", ["huge-gif.mp4", "huge-jpeg.mp4"])
def test_a_header_that_claims_enormous_frames_takes_no_enormous_memory(name, hostile):
    measured = (
        "import re, sys\n"
        "from mma_bench.media.probe import probe\n"
        "from mma_bench.media.frames import sample_frames\n"
        "for read in (probe, sample_frames):\n"
        "    try: read(sys.argv[1]); print('read')\n"
        "    except Exception as error: print(type(error).__name__)\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", measured, str(hostile[name])], capture_output=True, text=True)
    *outcomes, megabytes = done.stdout.split()
    assert set(outcomes) == {"ClipError"}
    assert int(megabytes) < 400


def test_the_right_reason_is_given(hostile):
    for name, problems in PROBLEMS.items():
        with pytest.raises(ClipError) as refused:  # noqa: PT012 - some are refused only when they are listened to
            probe(hostile[name])
            read_sound(hostile[name])
        assert refused.value.problem in problems, name


def test_a_truncated_file_says_what_it_holds_and_what_it_promised(hostile):
    with pytest.raises(ClipError, match=r"truncated\.mp4: holds \d+ of the 75 frames that its header promises"):
        probe(hostile["truncated.mp4"])


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm", "ts", "mpg", "avi", "flv", "wmv"])
def test_no_mutation_of_a_clip_gets_past_the_error_hierarchy(container, make_clip):
    options = ("-c:v", "libvpx", "-c:a", "libvorbis") if container == "webm" else ()
    rng = random.Random(container)
    source = make_clip(f"to-mutate.{container}", *(options or ("-ac", "2")), seconds=1, size="64x48").read_bytes()
    for _ in range(15):
        data = bytearray(source)
        reach = rng.choice((600, len(data)))  # headers, where the damage is worst, as often as anything else
        for _ in range(rng.choice((1, 4, 30))):
            data[rng.randrange(reach)] = rng.randrange(256)
        if rng.random() < 0.3:
            start = rng.randrange(reach)
            del data[start : start + rng.randrange(500)]
        for read in READERS:
            with contextlib.suppress(ClipError):
                read(bytes(data))


def test_errors_survive_the_way_from_a_worker_process(tmp_path):
    import pickle

    error = pickle.loads(pickle.dumps(ClipError(Path("a.mp4"), "empty", "is empty")))
    assert (error.clip, error.problem, error.detail, str(error)) == ("a.mp4", "empty", "is empty", "a.mp4: is empty")


@pytest.mark.parametrize("container", ["mkv", "webm", "flv", "mp4", "mov"])
def test_a_recording_cut_off_in_the_middle_is_refused_in_every_container_that_tells_its_length(container, make_clip):
    encoders = ("-c:v", "libvpx-vp9", "-cpu-used", "8") if container == "webm" else ("-c:v", "libx264")
    whole = make_clip(f"to-cut.{container}", *encoders, "-pix_fmt", "yuv420p", "-movflags", "+faststart", seconds=6)
    data = whole.read_bytes()
    assert float(probe(data).picture_seconds) == pytest.approx(6, abs=0.2)
    with pytest.raises(ClipError) as refused:
        probe(data[: len(data) * 4 // 10])
    assert refused.value.problem == "truncated"


@pytest.mark.parametrize("stream", ["v", "a"])
def test_a_clock_that_claims_hours_is_refused_before_memory_is_taken_for_them(stream, ffmpeg, clip, tmp_path):
    far = tmp_path / "far.mkv"
    maps = ("-map", "1:v", "-map", "0:a") if stream == "v" else ("-map", "0:v", "-map", "1:a")
    ffmpeg("-i", clip, "-itsoffset", "20000", "-i", clip, *maps, "-c", "copy", far)
    for read in READERS if stream == "v" else set(READERS) - {sample_frames}:  # which reads the picture alone
        with pytest.raises(ClipError, match=r"lasts 20,\d+ s by its own clock; at most 600 s are read"):
            read(far)
