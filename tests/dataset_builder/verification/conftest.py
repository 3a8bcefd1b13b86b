"""Fixtures for verification: clips of a manifest, their files, and the page of a review."""

import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import ManifestNotes
from mma_bench.verification.checks_file import CheckedClip, Checks, write_checks
from warm_command import WarmCommand

CLASSES = ("Bird", "Cat", "Frying_food", "Rain")
TEST_CLIPS = [
    ManifestClip(f"test_{k}", CLASSES[k % 4], "test", 0, 3, url="http://127.0.0.1/recording.mp4") for k in range(8)
]
TRAIN_CLIPS = [
    ManifestClip(f"train_{k}", CLASSES[k % 4], "train", 0, 3, url="http://127.0.0.1/recording.mp4") for k in range(3)
]


@dataclass(frozen=True)
class Place:
    """A folder as an annotator has it: checks.parquet and clips/."""

    folder: Path

    @property
    def checks(self) -> Path:
        return self.folder / "checks.parquet"

    @property
    def clips(self) -> Path:
        return self.folder / "clips"


@pytest.fixture
def place(make_clip: Callable[..., Path], tmp_path: Path) -> Place:
    """Eight clips of the test split, one more that the model did not keep, and three of train; all with files."""
    rows = [CheckedClip(clip, "") for clip in (*TEST_CLIPS, *TRAIN_CLIPS)]
    rejected = ManifestClip("rejected_0", "Bird", "test", 0, 3, url="http://127.0.0.1/recording.mp4")
    rows.insert(3, CheckedClip(rejected, "no: audio_alone"))
    folder = tmp_path / "my reviews #1"  # as folders are called
    found = Place(folder)
    found.clips.mkdir(parents=True)
    write_checks(found.checks, Checks(rows, ManifestNotes(checks={"model": "somebody"})))
    for k, row in enumerate(rows):
        shutil.copy(make_clip(f"reviewed/{k % 3}.mp4", tone=300 + 100 * (k % 3)), found.clips / row.clip.file)
    return found


@dataclass
class Running:
    """`mma-bench review` in a process of its own."""

    process: WarmCommand
    url: str
    log: Path

    def kill(self) -> None:
        """Kill the process, as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)

    def end(self) -> str:
        """End the process, as Ctrl-C does; return its output."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.log.read_text()
        return self.log.read_text()


Start = Callable[..., Running]


@pytest.fixture
def start(place: Place) -> Iterator[Start]:
    """Start a review in a place, and wait for its page."""
    running: list[Running] = []

    def begin(annotator: str, *options: str | Path, checks: str = "checks.parquet") -> Running:
        log = place.folder / f"{annotator}.{len(running)}.log"
        process = WarmCommand(["review", checks, "--annotator", annotator, *options], log, place.folder)
        running.append(Running(process, "", log))
        began = time.monotonic()
        while not (log.exists() and (found := re.search(r"http://\S+", log.read_text()))):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < 120, log.read_text()
            time.sleep(0.05)
        running[-1].url = found[0]
        return running[-1]

    yield begin
    for left in running:
        if left.process.poll() is None:
            left.kill()
