"""A build that is killed, or meets a full disk, loses nothing and publishes nothing unfinished."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from built_rows import TINY, TINY_ARGUMENTS, digests
from conftest import MadeOnce
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core import files
from processes import descendants

OPTIONS = (*TINY_ARGUMENTS, "--limit", "12")
COMMAND = [sys.executable, "-m", "mma_bench", "build", *OPTIONS]


@pytest.fixture(scope="session")
def unbroken(made_once: MadeOnce) -> Path:
    """What the command builds when nothing happens. Not to be changed."""
    return made_once("unbroken/mma-bench", lambda out: build(BuildOptions(out=out, **{**TINY, "limit": 12})))


def start(out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--out", str(out), *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_any_moment_it_continues_to_the_same_bytes(seed, unbroken, tmp_path):
    rng, out, kills = random.Random(seed), tmp_path / "mma-bench", 0
    while (process := killed_after(start(out), rng.randint(8, 20), rng.uniform(0, 0.3), tmp_path)) is None:
        kills += 1
        assert not out.exists() or (out / "build.json").exists()
    assert process.returncode == 0, process.stderr.read()
    assert kills >= 2
    assert digests(out) == digests(unbroken)
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == ["mma-bench"]


def killed_after(
    process: subprocess.Popen[str], new_files: int, seconds: float, folder: Path
) -> subprocess.Popen[str] | None:
    """Kill a build some time after it wrote so many files, however fast the machine; return it if it ended before."""
    before = files_below(folder)
    while process.poll() is None and files_below(folder) < before + new_files:
        time.sleep(0.01)
    try:
        process.wait(seconds)
        return process
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def files_below(folder: Path) -> int:
    """Count the files of a folder that a build fills and empties meanwhile."""
    return sum(len(names) for _, _, names in os.walk(folder))


def test_clips_verified_before_the_kill_are_not_drawn_again(tmp_path):
    out, clips = tmp_path / "mma-bench", tmp_path / "mma-bench.partial" / "clips"
    process = start(out)
    while process.poll() is None and len(list(clips.glob("*.json"))) < 8:
        time.sleep(0.02)
    process.kill()
    process.wait()
    before = {p: p.stat().st_mtime_ns for p in clips.glob("*.json")}
    assert len(before) >= 8
    kept = tmp_path / "kept"
    kept.mkdir()
    for path in before:  # the build removes them when it is done; a hard link keeps the inode to look at
        os.link(path, kept / path.name)
    build_again = start(out)
    assert build_again.wait() == 0, build_again.stderr.read()
    assert {p.name: p.stat().st_mtime_ns for p in kept.iterdir()} == {p.name: t for p, t in before.items()}


def test_the_workers_of_a_killed_build_end_too(tmp_path):
    process = start(tmp_path / "mma-bench")
    while len(workers := descendants(process.pid)) < 4:  # a resource tracker, a fork server and two workers
        time.sleep(0.02)
    time.sleep(1)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while any(map(running, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(running, workers))


def test_interrupted_by_the_keyboard_it_says_how_to_go_on(tmp_path):
    process = start(tmp_path / "mma-bench")
    while process.poll() is None and not (tmp_path / "mma-bench.partial" / "clips").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command continues" in said
    assert "Traceback" not in said
    assert not (tmp_path / "mma-bench").exists()


def test_rows_of_an_unfinished_build_with_other_options_are_not_mixed_with(tmp_path, command):
    process = start(tmp_path / "mma-bench")
    while not (tmp_path / "mma-bench.partial" / "dataset").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()
    said = command("build", *OPTIONS, "--out", tmp_path / "mma-bench", "--train-swaps", "3", code=1).stderr
    assert "unfinished build" in said
    assert "train_swaps: 3 here, 10 there" in " ".join(said.split())


def test_two_builds_of_one_folder_do_not_meet(tmp_path, command):
    process = start(tmp_path / "mma-bench")
    while not (tmp_path / ".mma-bench.lock").exists():
        time.sleep(0.02)
    time.sleep(0.2)
    said = command("build", *OPTIONS, "--out", tmp_path / "mma-bench", code=1).stderr
    assert "another process is writing it" in said
    process.kill()
    process.wait()


def test_a_dataset_that_is_replaced_is_there_until_the_new_one_is(built, tmp_path):
    out = tmp_path / "mma-bench"
    shutil.copytree(built, out)
    process = start(out, "--seed", "5", "--splits", "test", "--overwrite")
    seen = set()
    while process.poll() is None:
        seen.add((out / "build.json").exists())
        time.sleep(0.05)
    assert process.returncode == 0, process.stderr.read()
    assert seen == {True}


def test_a_full_disk_is_named_and_the_build_continues_when_there_is_room(small_disk, built, command):
    out = small_disk / "mma-bench"
    said = " ".join(command("build", *TINY_ARGUMENTS, "--out", out, code=1).stderr.split())
    assert "no space left" in said
    assert "run the same command again" in said
    assert not out.exists()
    assert not list(small_disk.rglob("*.part-*"))
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    command("build", *TINY_ARGUMENTS, "--out", out)
    assert digests(out) == digests(built)


KILL_AT_RENAME = """
import os, signal, sys
from pathlib import Path
from mma_bench import BuildOptions, build

if __name__ == "__main__":
    rename, left = Path.rename, int(sys.argv[3])
    def killing(self, target):
        global left
        if Path(target).name in ("replaced", "mma-bench"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)
    Path.rename = killing
    build(BuildOptions(source=sys.argv[1], out=Path(sys.argv[2]), seed=1, overwrite=True, workers=1))
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_killed_while_it_publishes_the_next_build_finishes(renames, clip_folder, tmp_path):
    out, source = tmp_path / "mma-bench", str(clip_folder)
    build(BuildOptions(source=source, out=out, workers=1))
    script = tmp_path / "script.py"
    script.write_text(KILL_AT_RENAME)
    killed = subprocess.run([sys.executable, script, source, out, str(renames)], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert out.exists() == (renames == 0)
    report = build(BuildOptions(source=source, out=out, seed=1, overwrite=renames == 0, workers=1))
    assert report.already_there == (renames == 1)
    assert report.record.options.seed == 1
    assert [p.name for p in tmp_path.iterdir() if "mma-bench" in p.name] == ["mma-bench"]


KILL_AT_TIDYING = """
import os, shutil, signal, sys
from pathlib import Path
from mma_bench import BuildOptions, build

if __name__ == "__main__":
    out = Path(sys.argv[2])
    shutil.rmtree = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL) if out.exists() else None
    build(BuildOptions(source=sys.argv[1], out=out, workers=1))
"""


def test_killed_after_it_published_the_next_build_tidies_up(clip_folder, tmp_path):
    out, source = tmp_path / "mma-bench", str(clip_folder)
    script = tmp_path / "script.py"
    script.write_text(KILL_AT_TIDYING)
    killed = subprocess.run([sys.executable, script, source, out], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (tmp_path / "mma-bench.partial").exists()
    assert build(BuildOptions(source=source, out=out, workers=1)).already_there
    assert [p.name for p in tmp_path.iterdir() if "mma-bench" in p.name] == ["mma-bench"]


def test_build_json_is_written_last(clip_folder, tmp_path, monkeypatch):
    written = []
    real = files.Path.replace
    monkeypatch.setattr(files.Path, "replace", lambda self, to: (written.append(Path(to).name), real(self, to))[1])
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", workers=1))
    assert written[-1] == "build.json"
    assert {"README.md", "attrition.csv"} < set(written)
