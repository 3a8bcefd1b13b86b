"""The recordings that are mutated: real ones where they are at hand, and short ones in many formats."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_LARGEST = 700_000  # bytes; larger ones take the time of several mutants
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "10", "-pix_fmt", "yuv420p")
_FORMATS: dict[str, tuple[str, ...]] = {
    "aac.mp4": (*_X264, "-c:a", "aac"),
    "faststart.mp4": (*_X264, "-c:a", "aac", "-movflags", "+faststart"),
    "fragmented.mp4": (*_X264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "surround.mp4": (*_X264, "-c:a", "aac", "-ac", "6"),
    "opus.mkv": (*_X264, "-c:a", "libopus"),
    "flac.mkv": (*_X264, "-c:a", "flac"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", "-c:a", "libopus"),
    "transport.ts": (*_X264, "-c:a", "aac"),
    "ac3.ts": (*_X264, "-c:a", "ac3"),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
    "flash.flv": (*_X264, "-c:a", "aac"),
    "wmv.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
}


def make_sources(folder: Path) -> Iterator[Path]:
    """Write the short recordings into `folder`, and yield them and the real ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in _FORMATS.items():
        made = folder / name
        if not made.exists():
            drawn = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=15:duration=2")
            sound = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=2")
            subprocess.run(["ffmpeg", "-v", "error", "-y", *drawn, *sound, *options, made], check=True)
        yield made.resolve()
    shared = Path(os.environ.get("MMA_SHARED") or "../shared")
    real = [*(shared / "data" / "clips").glob("*.mp4"), *(shared / "data" / "recordings").glob("*.mp4")]
    yield from (file.resolve() for file in sorted(real) if file.stat().st_size < _LARGEST)
