"""Fetch the clips of a manifest over loopback HTTP."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction

import pytest

from media_server import (
    MediaServer,
    broken,
    forbidden,
    garbage,
    gone,
    missing,
    not_media,
    server_error,
    slow,
    too_many,
    truncated,
    unavailable,
    wrong_type,
)
from mma_bench.audioset.fetching.attrition import TABLE, read_records
from mma_bench.audioset.fetching.fetch import STOP_AFTER
from mma_bench.audioset.fetching.options import FetchOptions
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import StorageError, file_sha256
from mma_bench.manifest.clips import ManifestClip
from mma_bench.media.probe import probe
from processes import descendants


def asked_for(server: MediaServer, since: int = 0) -> set[str]:
    return {request.path.removesuffix(".mp4") for request in server.log[since:]}


def test_each_clip_is_cut_to_its_seconds_and_recorded_with_its_digest(manifest, run, tmp_path):
    report = run(manifest())
    assert [clip.clip_id for clip in report.present] == ["clip000", "clip001", "clip002"]
    for clip in report.present:
        file = tmp_path / "clips" / f"{clip.clip_id}.mp4"
        info = probe(file)
        assert info.picture_seconds == info.sound_seconds == Fraction(2)
        assert (info.video_codec, info.audio_codec) == ("h264", "aac")
        record = report.records[clip.clip_id]
        assert (record.status, record.sha256) == ("fetched", file_sha256(file))
    assert sorted(p.name for p in (tmp_path / "clips").iterdir()) == [TABLE, *(f"clip00{k}.mp4" for k in range(3))]


FAULTS = {
    "missing": (missing(), "lost", "unavailable"),
    "gone": (gone(), "lost", "unavailable"),
    "page": (not_media(), "lost", "unavailable"),
    "forbidden": (forbidden(), "lost", "private"),
    "noise": (garbage(), "lost", "corrupt"),
    "half": (truncated(), "lost", "corrupt"),
    "server error": (server_error(), "lost", "network"),
    "broken": (broken(None, after=1), "lost", "network"),
    # What passes is waited for.
    "broken once": (broken(1, after=1), "fetched", ""),
    "429 once": (too_many(1, "1"), "fetched", ""),
    "503 once": (unavailable(1), "fetched", ""),
    "503 while loading": (unavailable(1, after=1), "fetched", ""),
    "wrong type": (wrong_type(), "fetched", ""),
    "slow": (slow(400_000), "fetched", ""),
}
"""What goes wrong, and what becomes of the clip. A half mp4 has lost its index or its end."""


def test_200_clips_with_faults_and_a_kill_are_all_accounted_for_and_no_finished_one_is_asked_for_again(
    server, manifest, tmp_path, command
):
    path, out = manifest(200), tmp_path / "clips"
    expected = {f"clip{k:03}": ("fetched", "") for k in range(200)}
    for k, name in enumerate(list(FAULTS) * 3):
        clip = f"clip{k * 4 + 1:03}"  # 42 of 200, a fifth, spread out
        fault, status, reason = FAULTS[name]
        server.faults[f"{clip}.mp4"], expected[clip] = fault, (status, reason)
    arguments = [
        *("fetch", path, "--out", out, "--pause", "0", "--backoff", "0.1"),
        *("--attempts", "3", "--jobs", "3", "--", "--socket-timeout", "2"),
    ]
    run = [sys.executable, "-m", "mma_bench", *arguments]
    killed = subprocess.Popen(run, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(list(out.glob("*.mp4"))) < 80:
        assert killed.poll() is None
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    finished = {file.stem for file in out.glob("*.mp4")}
    lost = {r.id for r in read_records(out).values() if r.status == "lost" and r.reason != "network"}
    assert 80 <= len(finished) < 150
    assert lost
    before = len(server.log)

    command(*arguments)
    assert asked_for(server, since=before).isdisjoint(finished | lost)
    with (out / TABLE).open(newline="") as file:
        table = {row["id"]: row for row in csv.DictReader(file)}
    found = {clip: (row["status"].replace("there", "fetched"), row["reason"]) for clip, row in table.items()}
    assert found == expected
    files = {file.stem for file in out.glob("*.mp4")}
    assert files == {clip for clip, (status, _) in expected.items() if status == "fetched"}
    assert all((row["sha256"] != "") == (clip in files) for clip, row in table.items())
    assert all(row["date"] for row in table.values())
    assert not [p for p in out.iterdir() if p.suffix not in {".mp4", ".csv"}]

    before = len(server.log)
    again = command(*arguments)
    networks = {clip for clip, (_, reason) in expected.items() if reason == "network"}
    assert asked_for(server, since=before) == networks
    assert f"{len(files)} were there before" in again.stdout


def test_a_file_of_the_users_own_is_verified_and_kept(server, manifest, run, make_clip, tmp_path):
    (tmp_path / "clips").mkdir()
    own = shutil.copy(make_clip("own.mp4", seconds=2), tmp_path / "clips" / "clip001.mp4")
    report = run(manifest())
    assert asked_for(server) == {"clip000", "clip002"}
    assert report.records["clip001"].status == "there"
    assert report.records["clip001"].sha256 == file_sha256(own)


@pytest.mark.parametrize("damage", ["half of it", "noise", "too short", "no sound", "a few bytes"])
def test_a_file_that_is_not_the_clip_is_fetched_anew(server, manifest, run, make_clip, ffmpeg, tmp_path, damage):
    run(manifest())
    file = tmp_path / "clips" / "clip001.mp4"
    if damage == "half of it":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif damage == "a few bytes":
        data = bytearray(file.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 8] = bytes(8)
        file.write_bytes(data)
    elif damage == "noise":
        file.write_bytes(b"noise" * 1000)
    elif damage == "too short":
        shutil.copy(make_clip("short.mp4", seconds=1), file)
    else:
        ffmpeg("-i", make_clip("own.mp4", seconds=2), "-an", "-c", "copy", file)
    before = len(server.log)
    report = run(manifest())
    assert asked_for(server, since=before) == {"clip001"}
    assert report.records["clip001"].status == "fetched"
    assert probe(file).sound_seconds == 2


def test_a_bad_file_whose_recording_is_gone_is_lost_and_not_called_there(server, manifest, run, tmp_path):
    run(manifest())
    (tmp_path / "clips" / "clip001.mp4").write_bytes(b"noise")
    server.faults["clip001.mp4"] = missing()
    report = run(manifest())
    assert (report.records["clip001"].status, report.records["clip001"].reason) == ("lost", "unavailable")
    assert "clip001" not in [clip.clip_id for clip in report.present]
    assert not (tmp_path / "clips" / "clip001.mp4").exists()
    assert (tmp_path / "clips" / "clip001.mp4.bad").read_bytes() == b"noise"


def test_a_file_that_was_removed_is_fetched_again(server, manifest, run, tmp_path):
    run(manifest())
    (tmp_path / "clips" / "clip001.mp4").unlink()
    before = len(server.log)
    run(manifest())
    assert asked_for(server, since=before) == {"clip001"}


def test_clips_lost_for_good_are_asked_for_again_only_if_told_to(server, manifest, run):
    server.faults["clip001.mp4"] = forbidden()
    assert run(manifest()).lost == {"private": 1}
    del server.faults["clip001.mp4"]
    assert run(manifest()).lost == {"private": 1}
    assert run(manifest(), retry=("private",)).lost == {}


def test_a_recording_that_ends_before_the_clip_gives_what_it_has_of_it_if_that_is_enough(manifest, run, tmp_path):
    report = run(manifest(1, end=5.4), min_seconds=2.5)
    assert report.records["clip000"].status == "fetched"
    assert re.fullmatch(r"the recording has 2\.\d\d of its 5 s", report.records["clip000"].detail)
    info = probe(tmp_path / "clips" / "clip000.mp4")
    assert info.picture_seconds == pytest.approx(2.6, abs=0.03)
    assert float(info.sound_seconds) == pytest.approx(float(info.picture_seconds), abs=0.001)
    assert run(manifest(1, end=5.4), min_seconds=2.5).kept == 1


def test_and_is_too_short_if_not(manifest, run):
    report = run(manifest(1, end=5.4), min_seconds=2.7)
    assert report.records["clip000"].reason == "too_short"
    assert "ends at 3.00 s" in report.records["clip000"].detail
    assert "at least 2.7 s" in report.records["clip000"].detail


def test_a_recording_without_a_sound_is_lost_for_that_reason(manifest, run, make_clip, ffmpeg, tmp_path):
    ffmpeg("-i", make_clip("clip.mp4"), "-an", "-c", "copy", tmp_path / "silent.mp4")
    with MediaServer(tmp_path) as silent:
        clip = ManifestClip("silent", "Bird", "test", 0.5, 1.5, url=silent.url("silent.mp4"))
        report = run(manifest(1, clips=[clip]))
    assert report.records["silent"].reason == "no_sound"


def test_a_server_that_asks_to_wait_is_left_alone_meanwhile(server, manifest, run):
    server.faults["clip000.mp4"] = too_many(1, "2")
    run(manifest(4), jobs=1)
    refused = next(request for request in server.log if request.status == 429)
    after = [request.time - refused.time for request in server.log if request.time > refused.time]
    assert min(after) >= 1.9
    assert run(manifest(4)).lost == {}


def test_downloads_begin_no_faster_than_the_pause_allows(server, manifest, run):
    run(manifest(4), pause=2.0, jobs=4)  # so long that a first process which is slow to start makes no difference
    firsts = {}
    for request in server.log:
        firsts.setdefault(request.path, request.time)
    times = sorted(firsts.values())
    assert (times[-1] - times[0]) / 3 > 0.5


def test_a_stalled_download_is_given_up_after_its_time(server, manifest, run):
    assert run(manifest(1)).records["clip000"].status == "fetched"  # in time, however busy the machine is
    server.faults["clip001.mp4"] = slow(2_000)
    report = run(manifest(2), timeout=6.0, attempts=1)
    assert report.records["clip000"].status == "fetched"
    assert (report.records["clip001"].status, report.records["clip001"].reason) == ("lost", "network")
    assert "it took more than 6 s" in report.records["clip001"].detail


def test_where_nothing_comes_through_the_run_stops_and_says_what_was_not_tried(server, manifest, run):
    for k in range(40):
        server.faults[f"clip{k:03}.mp4"] = server_error()
    report = run(manifest(40), attempts=1)
    assert report.stopped == "network"
    assert report.lost["network"] == STOP_AFTER
    assert report.lost["not_tried"] == 40 - STOP_AFTER
    assert len(asked_for(server)) <= STOP_AFTER + 2
    server.faults.clear()
    assert run(manifest(40)).lost == {}


def test_an_id_that_would_leave_the_folder_is_refused_before_anything_is_asked_for(server, manifest, run, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = manifest()
    table = pq.read_table(path)
    ids = pa.array(["clip000", "../../clip001", "clip002"])
    pq.write_table(table.set_column(0, "id", ids), path)
    with pytest.raises(SourceError, match=r"row 1: id '\.\./\.\./clip001'"):
        run(path)
    assert server.log == []


def test_a_file_in_the_folders_place_is_refused(manifest, run, tmp_path):
    (tmp_path / "clips").write_text("mine")
    with pytest.raises(OptionsError, match="a file, not a folder"):
        run(manifest(1))


def test_a_worker_that_is_killed_costs_the_clip_it_was_at_until_the_next_run(server, manifest, tmp_path, command):
    server.faults["clip000.mp4"] = slow(20_000)
    out = tmp_path / "clips"
    arguments = ["fetch", manifest(4), "--out", out, "--pause", "0", "--jobs", "1"]
    run = [sys.executable, "-m", "mma_bench", *arguments]
    running = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not server.log:
        time.sleep(0.05)
    worker = descendants(running.pid)[-1]  # after the resource tracker and the fork server
    os.kill(worker, signal.SIGKILL)
    assert running.wait(timeout=120) == 0
    records = read_records(out)
    assert (records["clip000"].status, records["clip000"].reason) == ("lost", "other")
    assert all(records[name].status == "fetched" for name in ("clip001", "clip002", "clip003"))
    server.faults.clear()
    command(*arguments)
    assert read_records(out)["clip000"].status == "fetched"


@pytest.mark.parametrize("interruption", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_run_and_the_next_one_continues(server, manifest, tmp_path, command, interruption):
    out = tmp_path / "clips"
    arguments = ["fetch", manifest(12), "--out", out, "--pause", "0.2"]
    running = subprocess.Popen(
        [sys.executable, "-m", "mma_bench", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while len(list(out.glob("*.mp4"))) < 3:
        time.sleep(0.05)
    running.send_signal(interruption)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + interruption
    assert "interrupted; the same command continues" in said
    assert "Warning" not in said
    assert not [p for p in out.iterdir() if p.suffix not in {".mp4", ".csv"}]
    finished, before = {file.stem for file in out.glob("*.mp4")}, len(server.log)
    command(*arguments)
    assert asked_for(server, since=before) == {f"clip{k:03}" for k in range(12)} - finished


def test_two_fetches_into_one_folder_are_refused(manifest, run, server, tmp_path):
    server.faults["clip000.mp4"] = slow(20_000)
    command = [sys.executable, "-m", "mma_bench", "fetch", manifest(1), "--out", tmp_path / "clips"]
    first = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not server.log:
            time.sleep(0.05)
        with pytest.raises(OptionsError, match="another process is writing it"):
            run(manifest(1))
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()


def test_a_limit_takes_clips_of_all_classes_in_turn(manifest, run):
    report = run(manifest(30), limit=3)
    assert sorted(clip.class_name for clip in report.clips) == ["Bird", "Cat", "Clock"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": 0}, "--jobs 0: out of range; expected at least 1"),
        ({"pause": -1.0}, "--pause -1.0: out of range; expected at least 0"),
        ({"timeout": float("nan")}, "--timeout nan: out of range; expected at least 1"),
        ({"retry": ("bad luck",)}, "--retry bad luck: unknown reason; expected one of unavailable, private"),
    ],
)
def test_impossible_options_are_refused(tmp_path, options, message):
    with pytest.raises(OptionsError, match=message):
        FetchOptions(manifest=str(tmp_path), **options)


def test_the_command_says_what_is_there_what_was_lost_and_what_comes_next(server, manifest, command, tmp_path):
    server.faults["clip001.mp4"] = missing()
    out = tmp_path / "clips"
    said = command("fetch", manifest(), "--out", out, "--pause", "0").stdout
    rows = {line.strip().rpartition(" ")[0].strip(): line.split()[-1] for line in said.splitlines() if line.strip()}
    assert (rows["wanted"], rows["in the folder"], rows["lost: unavailable"]) == ("3", "2", "1")
    assert f"Next: mma-bench build --source {tmp_path / 'manifest.parquet'} --clips {out}" in said


def test_the_command_fails_with_advice_where_nothing_could_be_had(server, manifest, command, tmp_path):
    server.faults["clip000.mp4"] = server_error()
    out = ("--out", tmp_path / "clips", "--attempts", "1")
    said = command("fetch", manifest(1), *out, code=1).stdout
    assert "1 lost to the network: look at the connection, or pass a proxy" in said


def test_a_full_disk_ends_the_run_with_what_to_do_and_leaves_nothing_half(server, manifest, run, small_disk):
    (small_disk / "filler").write_bytes(bytes(1_450_000))
    with pytest.raises(StorageError, match="no space left"):
        run(manifest(3), out=small_disk / "clips")
    assert not [p for p in (small_disk / "clips").iterdir() if p.suffix not in {".mp4", ".csv"}]
