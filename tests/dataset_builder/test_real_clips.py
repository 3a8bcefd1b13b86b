"""Real clips of the benchmark: the three aligned ones become a dataset, all of them go through the media operations."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from built_rows import LOAD_AND_PRINT, rows_of
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.media.demux import read_recording
from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import standardise

ALIGNED = ("canidae_aligned.mp4", "caption_peturb.mp4", "long_context.mp4")


@pytest.fixture(scope="module")
def real_bench(real_clips, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    source = folder / "clips"
    source.mkdir()
    with (real_clips / "clips.csv").open(newline="") as file:
        labels = {row["file"]: row["visual_class"] for row in csv.DictReader(file)}
    for name in ALIGNED:
        shutil.copy(real_clips / name, source)
    lines = ["file,class", *(f"{name},{labels[name]}" for name in ALIGNED)]
    (source / "clips.csv").write_text("\n".join(lines), encoding="utf-8")
    build(BuildOptions(source=str(source), out=folder / "mma-bench"))
    return folder / "mma-bench"


def test_three_aligned_clips_become_a_dataset_with_every_condition(real_bench):
    assert {c: len(rows_of(real_bench, c, columns=["id"])) for c in CONDITIONS} == dict.fromkeys(CONDITIONS, 3)
    swapped = rows_of(real_bench, "misaligned")
    assert sorted(r["donor_id"] for r in swapped) == sorted(r["clip_id"] for r in swapped)
    assert all(r["visual_class"] != r["audio_class"] for r in swapped)
    for row in rows_of(real_bench, "long_context", columns=["audio_question"]):
        assert len(row["audio_question"].split("phrase. ")[1].split()) == 10_000


def test_the_command_of_the_readme_prints_features_and_a_row(real_bench, tmp_path):
    env = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD_AND_PRINT], cwd=real_bench.parent, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Video(" in done.stdout
    assert "'donor_id': " in done.stdout


@pytest.fixture(params=range(11))
def pair(request, real_clips):
    clips = sorted(real_clips.glob("*.mp4"))
    return clips[request.param], clips[(request.param + 3) % len(clips)]


def test_any_two_clips_swap_packet_for_packet(pair):
    clip, donor = pair
    own, lent, swapped = read_recording(clip), read_recording(donor), read_recording(swap_sound(clip, donor))
    assert swapped.video.sha256 == own.video.sha256
    assert [(p.pts, p.dts) for p in swapped.video.packets] == [(p.pts, p.dts) for p in own.video.packets]
    n = min(len(swapped.audio.packets), len(lent.audio.packets))
    assert [bytes(p) for p in swapped.audio.packets][:n] == [bytes(p) for p in lent.audio.packets][:n]
    assert 0 <= float(swapped.audio.end - swapped.video.end) < 1024 / 44100
    heard, expected = read_sound(swap_sound(clip, donor)), read_sound(donor)
    n = min(len(heard), len(expected)) - 400
    assert np.array_equal(heard[:n], expected[:n])


def test_any_clip_goes_black_and_silent(pair):
    clip, _ = pair
    own, black, silent = probe(clip), probe(zero_frames(clip)), read_sound(remove_sound(clip))
    assert (black.frames, black.width, black.height, black.fps) == (own.frames, own.width, own.height, own.fps)
    assert not sample_frames(zero_frames(clip), fps=5).any()
    assert not silent.any()
    assert len(silent) == len(read_sound(clip))


def test_a_ten_second_clip_becomes_exactly_ten_seconds_of_504_squared(real_clips):
    # 299 frames at 29.97 per second: a frame less than 10 s, as YouTube clips often are.
    made = standardise(real_clips / "YkX4-OMWCdCc_repDiff_Didgeridoo_0.mp4")
    info = probe(made)
    assert (info.width, info.height, info.picture_seconds, info.frames) == (504, 504, 10, 299)
    assert 0 <= float(info.sound_seconds) - 10 < 1024 / 44100
