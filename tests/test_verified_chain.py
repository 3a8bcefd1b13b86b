"""From AudioSet's lists to verified clips in a dataset: curate, fetch, check, review by two at once, consensus, build.

Drawn clips stand in for the recordings. Each of the five is killed once in the middle, and loses no decision.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from media_server import MediaServer
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, read_manifest, write_manifest
from mma_bench.media.operations import swap_sound, zero_frames
from mma_bench.sources.synthetic.drawing import Drawing
from warm_command import WarmCommand

CLASSES = ("Accordion", "Bird", "Clock", "Vehicle")
SECONDS = 10.0
PER_CLASS = {"test": 3, "train": 2}
WRONG_SOUND, BLACK, MISSING = "Bird", "Clock", "Vehicle"
"""Of each of these classes one test clip is broken so."""
ANSWERS = 18 * 4 * 2
"""18 clips are there and not black; four questions about a right class and four about a wrong one."""
expect.set_options(timeout=60_000)


def drawing(class_name: str, split: str, index: int) -> bytes:
    return Drawing(class_name, split, 7, index, 112, SECONDS).render()


def recording(clip: ManifestClip, index: int) -> bytes | None:
    """Make the recording that is served for a clip; the first test clip of some classes is broken."""
    own = drawing(clip.class_name, clip.split, index)
    if (clip.split, index) == ("test", 0):
        if clip.class_name == WRONG_SOUND:
            return swap_sound(own, drawing("Vehicle", "test", 9))
        if clip.class_name == BLACK:
            return zero_frames(own)
        if clip.class_name == MISSING:
            return None
    return own


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[MediaServer, dict[str, bytes]]]:
    served: dict[str, bytes] = {}
    with MediaServer(served) as server:
        yield server, served


@pytest.fixture
def manifest(shared: Path, command, web, tmp_path: Path) -> Path:
    """The real lists curated; of the real clips a handful, which lie on loopback in YouTube's place."""
    server, served = web
    lists = shared / "data" / "audioset"
    segments = [f"--segments={lists / name}" for name in ("eval_segments.csv", "balanced_train_segments.csv")]
    command("curate", "--ontology", lists / "ontology.json", *segments, "--out", tmp_path / "curated.parquet")
    curated = read_manifest(tmp_path / "curated.parquet")
    clips = []
    for split, count in PER_CLASS.items():
        for name in CLASSES:
            real = [clip for clip in curated.clips if (clip.class_name, clip.split) == (name, split)][:count]
            for k, clip in enumerate(real):
                found = recording(clip, k)
                if found is not None:
                    served[clip.file] = found
                clips.append(replace(clip, url=server.url(clip.file), start_seconds=0.0, end_seconds=SECONDS))
    path = tmp_path / "manifest.parquet"
    write_manifest(path, Manifest(clips, curated.notes))
    return path


def test_curated_clips_are_fetched_checked_reviewed_agreed_on_built_and_loaded(
    manifest, command, browser, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    listed = read_manifest(manifest).clips
    broken = {name: next(c.clip_id for c in listed if c.class_name == name) for name in (WRONG_SOUND, BLACK, MISSING)}
    fetch = ("fetch", "manifest.parquet", "--out", "clips", "--pause", "0")
    assert killed(fetch, lambda: any(Path("clips").glob("*.mp4")))
    command(*fetch)

    check = ("check", "--source", "manifest.parquet", "--clips", "clips", "--out", "checks.parquet")
    answered = killed_while_checking(check, tmp_path / "checks.answers" / "predictions.jsonl")
    command(*check)
    lines = (tmp_path / "checks.answers" / "predictions.jsonl").read_text().splitlines(keepends=True)
    assert lines[: len(answered)] == answered
    assert len(lines) == ANSWERS  # nothing was asked twice
    checked = {row["id"]: row for row in rows("checks.parquet")}
    assert "audio_alone" in checked[broken[WRONG_SOUND]]["reason"]
    assert "black" in checked[broken[BLACK]]["reason"]
    assert checked[broken[MISSING]]["reason"] == "unavailable"
    reviewed = [i for i, row in checked.items() if row["kept"] and row["split"] == "test"]
    trained = [i for i, row in checked.items() if row["kept"] and row["split"] == "train"]
    assert 8 <= len(reviewed) <= 9  # the small judge may err once
    assert 7 <= len(trained) <= 8

    both_fail, split_vote = reviewed[2], reviewed[5]
    review_at_once(browser, {"ann": {both_fail, split_vote}, "ben": {both_fail}}, len(reviewed))
    assert verdicts("ann.parquet") == {i: "fail" if i in (both_fail, split_vote) else "pass" for i in reviewed}
    assert verdicts("ben.parquet") == {i: "fail" if i == both_fail else "pass" for i in reviewed}

    consensus = ("consensus", "ann.parquet", "ben.parquet", "--out", "verified.parquet")
    votes = [Path(name).read_bytes() for name in consensus[1:3]]
    killed(consensus, lambda: any(Path().glob("verified.*")))  # it may be through: it is short
    said = command(*consensus).stdout
    assert [Path(name).read_bytes() for name in consensus[1:3]] == votes
    assert f"  {split_vote} (" in said
    assert f"train was not under review: its {len(trained)} clips pass as the checks left them." in said
    small = ("--train-swaps", "2", "--size", "112", "--workers", "2")
    build = ("build", "--source", "verified.parquet", "--clips", "clips", *small)
    assert killed(build, lambda: any(path.is_file() for path in Path().glob("*mma-bench*/**/*")))
    said = command(*build).stdout
    assert re.search(rf"both annotators\s+{len(reviewed) - 2}\s+658 .*{len(trained)}\s+1,207", said)

    record = json.loads(Path("mma-bench/build.json").read_text())
    assert [(step["name"], *step["clips"].values()) for step in record["funnel"]["steps"]] == [
        ("listed", 20371, 22160),
        ("one_root", 12261, 13732),
        ("no_removed_class", 5155, 5706),
        ("single_class", 4798, 5371),
        ("fetched", 11, 8),
        ("checked", len(reviewed), len(trained)),
        ("verified", len(reviewed) - 2, len(trained)),
        ("built", len(reviewed) - 2, len(trained)),
    ]
    assert record["verification"]["checks"]["model"]["name"] == "tiny-omni"
    assert record["verification"]["consensus"]["outcomes"]["test"]["split_vote"] == 1
    load = (
        "from datasets import load_dataset; d = load_dataset('mma-bench', 'misaligned', split='test'); "
        "print(sorted(d['clip_id']))"
    )
    loaded = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, timeout=120)
    assert loaded.stdout.strip() == str(sorted({*reviewed} - {both_fail, split_vote})), loaded.stderr


def killed(arguments: tuple[str, ...], begun: Callable[[], bool]) -> bool:
    """Start a command and kill it as soon as it has written something; whether it was not through yet."""
    process = WarmCommand(arguments, Path("killed.log"))
    try:
        wait_until(begun, seconds=120)
    finally:
        process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def killed_while_checking(check: tuple[str, ...], answers: Path) -> list[str]:
    """Start a check, kill it in the middle, and return the answers that were on the disk."""
    assert killed(check, lambda: answers.exists() and answers.read_text().count("\n") >= 10)
    lines = [line for line in answers.read_text().splitlines(keepends=True) if line.endswith("\n")]
    assert 10 <= len(lines) < ANSWERS
    return lines


def review_at_once(browser: Browser, failed: dict[str, set[str]], clips: int) -> None:
    """Two people at two pages of two processes; after four decisions the first one's process is killed, and goes on."""
    (first, ones), (second, others) = failed.items()
    with reviewing(second) as their_address:
        their_page = opened(browser, their_address)
        with reviewing(first) as address:
            page = opened(browser, address)
            for done in range(4):
                decide(page, ones, done)
                decide(their_page, others, done)
        before = verdicts(f"{first}.parquet")
        assert len([v for v in before.values() if v]) == 4
        with reviewing(first) as address:
            page = opened(browser, address)
            assert {k: v for k, v in verdicts(f"{first}.parquet").items() if before[k]} == {
                k: v for k, v in before.items() if v
            }
            for done in range(4, clips):
                decide(page, ones, done)
                decide(their_page, others, done)
            for each in (page, their_page):
                expect(each.locator("#done")).to_contain_text(f"{clips} of {clips} clips are decided")


@contextmanager
def reviewing(annotator: str) -> Iterator[str]:
    """A process that serves an annotator's page, killed in the end; the page's address."""
    log = Path(f"{annotator}.log")
    process = WarmCommand(["review", "checks.parquet", "--annotator", annotator, "--port", "0"], log)
    try:
        wait_until(lambda: log.exists() and "http://" in log.read_text(), seconds=120)
        yield re.findall(r"http://127\.0\.0\.1:\d+", log.read_text())[0]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def decide(page: Page, failed: set[str], done: int) -> None:
    """Look at the clip that is shown, and decide by keyboard."""
    expect(page.locator("#progress")).to_contain_text(f"{done} of ")
    named = page.locator(".mma-class").get_attribute("data-source") or ""
    expect(page.locator("#player video")).to_have_attribute("src", named)  # it may still be the clip before's
    shown = Path(named).stem
    page.wait_for_function("document.querySelector('#player video').currentTime > 0.3")  # it plays, and was seen
    if shown in failed:
        page.keyboard.press("2")
        expect(page.locator("#clean_sound input")).to_be_checked()
    page.keyboard.press("f" if shown in failed else "p")
    expect(page.locator("#progress")).to_contain_text(f"{done + 1} of ")


def verdicts(votes: str) -> dict[str, str | None]:
    return {row["id"]: row["verdict"] for row in rows(votes) if row["split"] == "test"}


def rows(file: str) -> list[dict]:
    return pq.read_table(file).to_pylist()


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
