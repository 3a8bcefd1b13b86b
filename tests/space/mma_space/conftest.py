"""Fixtures of the Space's tests: its clips, its loaded models, and the page, served by another process."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mma_space.answering.model_pair import ModelPair
from mma_space.clips.gallery import Library, open_gallery
from mma_space.settings import Settings
from warm_command import WarmCommand


@pytest.fixture(scope="session")
def library() -> Library:
    return Library(open_gallery(None, Settings.clips))


@pytest.fixture(scope="session")
def models() -> ModelPair:
    found = ModelPair(Settings.model, Settings.adapter)
    found.load()
    assert found.failure is None
    return found


@dataclass(frozen=True)
class Served:
    """A page that a process of its own serves."""

    url: str
    seconds: float
    """From the start of the process until the page was there."""
    temporary: Path
    """The folder of its files."""
    pid: int


def serve(temporary: Path, *options: str) -> Iterator[Served]:
    """Run `mma-bench space` until it is no longer wanted."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = temporary / "log"
    began = time.monotonic()
    process = WarmCommand(["space", "--port", str(port), *options], log, cwd=temporary, env={"TMPDIR": str(temporary)})
    try:
        while not (log.exists() and (found := re.search(r"http://\S+", log.read_text()))):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < 180, log.read_text()
            time.sleep(0.05)
        yield Served(found[0], time.monotonic() - began, temporary, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve(tmp_path_factory.mktemp("served"))
