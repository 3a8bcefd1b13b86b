"""Compare the rows of a dataset with what ffmpeg reads of the recordings they were built from, and play them.

python tests/rows_by_ffmpeg.py FOLDER ...     # builds the recordings of each clips.csv, compares and plays every row
"""

import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright
from scipy.signal import correlate

from built_rows import rows_of
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from opened_page import CHROMIUM
from played import play

_SIDE = 24  # pixels to which frames are scaled before they are compared
_OFFSET = 0.025  # seconds by which sound may be off
_RATE = 16000
_MONO = ("-ac", "1", "-ar", str(_RATE), "-f", "f32le")


@dataclass(frozen=True)
class Reading:
    """What ffmpeg decodes of a file."""

    times: NDArray[np.float64]
    """Seconds from the first frame to each frame."""
    frames: NDArray[np.int16]
    """(N, 24, 24) grey values, black 0 and white 255."""
    sound: NDArray[np.float32]
    """(N,) at 16 kHz, from the start of the first frame on."""

    @property
    def seconds(self) -> float:
        """Length of the picture; the last frame lasts as long as the median one."""
        return float(self.times[-1] + np.median(np.diff(self.times)))


@lru_cache(maxsize=64)
def read(file: Path) -> Reading:
    """Decode a file by ffmpeg."""
    shown = ("-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0")
    probed = _run("ffprobe", "-v", "error", "-select_streams", "v:0", *shown, file)
    lines = [line.split(",")[0] for line in probed.decode().split() if line.strip(",")]
    times = np.array([float(line) for line in lines if line != "N/A"])
    # An AVI does not tell the times of the last frames that wait to be reordered.
    times = np.append(times, times[-1] + np.median(np.diff(times)) * np.arange(1, len(lines) - len(times) + 1))
    grey = _run("ffmpeg", "-v", "error", "-i", file, "-map", "0:v:0", "-vf", f"scale={_SIDE}:{_SIDE}:flags=area",
                "-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-")  # fmt: skip
    frames = np.frombuffer(grey, np.uint8).reshape(-1, _SIDE, _SIDE).astype(np.int16)
    # Samples count from the file's zero, and gaps of more than 10 ms between packets are filled.
    filled = "aresample=async=1:min_hard_comp=0.01:first_pts=0"
    pcm = _run("ffmpeg", "-v", "error", "-i", file, "-map", "0:a:0", "-af", filled, *_MONO, "-")
    return Reading(times - times[0], frames, np.frombuffer(pcm, np.float32))


def _run(*command: object) -> bytes:
    return subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout


def faults(row: Mapping[str, Any], file: Path, source: Path, donor: Path | None) -> Iterator[str]:
    """Yield what is wrong with a row, whose video is `file`, given the recordings of its clip and of its donor."""
    flac = file.with_suffix(".flac")
    flac.write_bytes(row["audio"]["bytes"])
    made, own = read.__wrapped__(file), read(source)
    condition = CONDITIONS[row["condition"]]
    if len(made.times) != len(own.times):
        yield f"{len(made.times)} frames where the recording shows {len(own.times)}"
    elif (off := np.abs(made.times - own.times).max()) > 0.002:
        yield f"frames are up to {off * 1000:.1f} ms off"
    elif condition.video == "black":
        if made.frames.max() > 3:  # of dithering
            yield f"pixels of up to {made.frames.max()} where black is 0"
    elif (off := np.abs(made.frames - own.frames).mean(axis=(1, 2)).max()) > 6:
        yield f"a frame is {off:.1f} of 255 off"
    heard = np.frombuffer(_run("ffmpeg", "-v", "error", "-i", flac, *_MONO, "-"), np.float32)
    lent = read(donor or source).sound
    for where, sound in (("mp4", made.sound), ("FLAC", heard)):
        if condition.audio == "silence":
            if sound.any():
                yield f"the {where} is not silent"
        elif (off := offset(sound, lent)) is not None and abs(off) > _OFFSET:
            yield f"the sound of the {where} is {off * 1000:.0f} ms off"
        if abs(len(sound) / _RATE - own.seconds) > 0.15 and condition.audio == "donor":
            yield f"{len(sound) / _RATE:.2f} s of sound in the {where} for {own.seconds:.2f} s of picture"


def offset(sound: NDArray[np.float32], of: NDArray[np.float32]) -> float | None:
    """Return by how many seconds `sound` is late; None if one of them is silent, or they do not resemble each other."""
    count = min(len(sound), len(of))
    a, b = sound[:count].astype(float), of[:count].astype(float)
    if count < _RATE // 4 or a.std() < 1e-4 or b.std() < 1e-4:
        return None
    found = correlate(a - a.mean(), b - b.mean(), "full", method="fft")
    middle = count - 1
    near = found[middle - _RATE : middle + _RATE]
    best = int(near.argmax()) - min(_RATE, middle)
    return best / _RATE


def compare(
    recordings: Mapping[Path, str], work: Path, browser: Any, conditions: Sequence[str] = tuple(CONDITIONS)
) -> dict[str, list[str]]:
    """Build recordings, given with their classes, and play the rows; return what is wrong by row id."""
    files: dict[str, Path] = {}
    for file, name in recordings.items():
        (link := work / "source" / name / file.name).parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file.resolve())
        files[f"{name}-{file.stem}"] = file
    build(BuildOptions(source=str(work / "source"), out=work / "rows", conditions=tuple(conditions)))
    found: dict[str, list[str]] = {}
    made: dict[Path, str] = {}
    for number, row in enumerate(row for condition in conditions for row in rows_of(work / "rows", condition)):
        file = work / f"{number}.mp4"
        file.write_bytes(row["video"]["bytes"])
        made[file] = row["id"]
        donor = files[row["donor_id"]] if row["donor_id"] else None
        found[row["id"]] = list(faults(row, file, files[row["clip_id"]], donor))
    for file, fault in play(browser, tuple(made), work).items():
        found[made[file]] += [f"in the browser: {fault}"] if fault else []
    return found


def recordings_of(folder: Path) -> dict[Path, str]:
    """Return the recordings that a folder's clips.csv lists, with their classes."""
    with (folder / "clips.csv").open(newline="") as table:
        return {folder / row["file"]: row.get("class") or row["visual_class"] for row in csv.DictReader(table)}


def main(folders: list[str]) -> int:
    wrong = 0
    for folder in map(Path, folders):
        with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            found = compare(recordings_of(folder), Path(work), browser)
        for row_id, said in found.items():
            print(*(f"{row_id}: {each}\n" for each in said), sep="", end="", flush=True)
        wrong += sum(map(bool, found.values()))
        print(f"{folder}: {len(found)} rows, {sum(map(bool, found.values()))} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
