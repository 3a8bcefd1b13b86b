from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conftest import H264, QUICK_AUDIO, Make
from media_server import MediaServer
from mma_bench.audioset.fetching.fetch import FetchReport, fetch
from mma_bench.audioset.fetching.options import FetchOptions
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, write_manifest

CLASSES = ("Bird", "Cat", "Clock")


def names(count: int) -> list[str]:
    return [f"clip{k:03}" for k in range(count)]


@pytest.fixture
def server(make_clip: Make):
    """Serve `clip000.mp4` to `clip199.mp4`, each 3 s long."""
    clip = make_clip("served.mp4", *H264, *QUICK_AUDIO)
    with MediaServer({f"{name}.mp4": clip for name in names(200)}) as running:
        yield running


@pytest.fixture
def manifest(server: MediaServer, tmp_path: Path) -> Callable[..., Path]:
    """A manifest of the server's first clips, from 0.4 to 2.4 s."""

    def write(count: int = 3, *, end: float = 2.4, clips: Sequence[ManifestClip] = ()) -> Path:
        made = [
            ManifestClip(name, CLASSES[k % 3], "test", 0.4, end, url=server.url(f"{name}.mp4"))
            for k, name in enumerate(names(count))
        ]
        path = tmp_path / "manifest.parquet"
        write_manifest(path, Manifest([*made, *clips]))
        return path

    return write


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., FetchReport]:
    """Fetch a manifest into `clips`, without waiting between clips."""

    def go(manifest: Path, **options: object) -> FetchReport:
        quick = {"pause": 0.0, "backoff": 0.05, "attempts": 2, "jobs": 1, "yt_dlp": ("--socket-timeout", "2")}
        return fetch(FetchOptions(**{"manifest": str(manifest), "out": tmp_path / "clips", **quick, **options}))

    return go
