"""The peer: the ffmpeg command, one process per clip, one thread."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_bench.media.probe import probe
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

AUTHORS = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-c:a", "aac", "-b:a", "128k")
"""The settings of the authors' scripts/prepare_data.py."""

SQUARE = ("-vf", "scale=504:504:force_original_aspect_ratio=increase,crop=504:504", "-t", "10")


def ffmpeg(*arguments: str | Path) -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-nostdin", "-threads", "1", *map(str, arguments)]
    subprocess.run([*command[:-1], "-threads", "1", command[-1]], check=True, stdout=subprocess.DEVNULL)


def swap_by_copy(a: Path, b: Path, out: Path) -> None:
    ffmpeg("-i", a, "-i", b, "-map", "0:v", "-map", "1:a", "-c", "copy", "-shortest", out)


def swap_by_encoding(a: Path, b: Path, out: Path) -> None:
    ffmpeg("-i", a, "-i", b, "-map", "0:v", "-map", "1:a", *AUTHORS, "-shortest", out)


def silence(a: Path, out: Path) -> None:
    mute = ("-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo")
    ffmpeg(
        "-i", a, *mute, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "128k", "-shortest", out
    )


def blacken(a: Path, out: Path) -> None:
    ffmpeg("-i", a, "-vf", "drawbox=color=black:t=fill", *AUTHORS[:6], "-c:a", "copy", out)


def standardise(a: Path, b: Path, out: Path) -> None:
    ffmpeg("-i", a, "-i", b, "-map", "0:v", "-map", "1:a", *SQUARE, *AUTHORS, out)


def cut(a: Path, start: float, end: float, out: Path) -> None:
    ffmpeg("-ss", str(start), "-to", str(end), "-i", a, *AUTHORS, out)


def read_by_pipes(a: Path) -> None:
    ffmpeg("-i", a, "-vf", "fps=2", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1")
    ffmpeg("-i", a, "-ac", "1", "-ar", "16000", "-f", "f32le", "pipe:1")


@dataclass(frozen=True)
class Timing:
    """Median seconds of ours and of a peer, measured in turn."""

    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        return self.peer / self.ours


def in_turn(ours: Callable[[], object], peer: Callable[[], object], *, rounds: int = 5) -> Timing:
    ours(), peer()  # caches of the machine and of ours are warm for both
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(_seconds(ours))
        theirs.append(_seconds(peer))
    return Timing(statistics.median(mine), statistics.median(theirs))


def on_one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def ten_second_clips() -> Sequence[Path]:
    """Real clips of the benchmark where they are at hand, drawn ones elsewhere."""
    shared = Path(os.environ.get("MMA_SHARED") or Path(__file__).parents[2] / ".." / "shared") / "data" / "clips"
    found = [p for p in sorted(shared.glob("*.mp4")) if probe(p).picture_seconds > 9.95]
    if found:
        print(f"clips: {len(found)} real ones, {_resolutions(found)}")
        return found
    folder = Path(tempfile.mkdtemp())
    made = []
    for k in range(6):
        path = folder / f"{k}.mp4"
        path.write_bytes(Drawing(CLASSES[k], "test", 0, k, 360).render())
        made.append(path)
    print(f"clips: {len(made)} drawn ones, {_resolutions(made)} (the real ones are not at hand: MMA_SHARED)")
    return made


def require_ffmpeg() -> None:
    if shutil.which("ffmpeg") is None:
        sys.exit("the benchmarks compare with the ffmpeg command: apt-get install ffmpeg")


def _resolutions(clips: Sequence[Path]) -> str:
    return ", ".join(sorted({f"{(i := probe(p)).width}x{i.height}" for p in clips}))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
