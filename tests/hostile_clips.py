"""Files that cannot be clips, each wrong in its own way, and the reason that attrition.csv must give."""

import os
import signal
import struct
import time
from collections.abc import Callable
from pathlib import Path

PROBLEMS = {
    "truncated.mp4": {"truncated"},
    "cut-off-index.mp4": {"unknown_container"},
    "empty.mp4": {"empty"},
    "text.mp4": {"unknown_container"},
    "zeros.mp4": {"unknown_container", "damaged"},
    "no-picture.mp4": {"no_picture"},
    "no-sound.mp4": {"no_sound"},
    "no-frames.mp4": {"no_picture", "damaged", "unknown_container"},
    "noise-inside.mp4": {"damaged", "no_picture", "truncated", "unknown_container"},
    "huge-gif.mp4": {"too_large", "damaged", "unknown_container"},
    "huge-jpeg.mp4": {"too_large", "damaged", "unknown_container"},
    "fifo.mp4": {"not_a_file"},
    "folder.mp4": {"not_a_file"},
    "dangling.mp4": {"missing_file"},
    "concat.mp4": {"unknown_container"},
    "playlist.mp4": {"unknown_container"},
    "image.mp4": {"no_sound", "unknown_container", "damaged"},
}


def make_hostile(folder: Path, clip: Path, secret: Path, ffmpeg: Callable[..., None]) -> dict[str, Path]:
    """Write every file of `PROBLEMS` into `folder`. `secret` is a good clip that two of them try to have opened."""
    folder.mkdir(parents=True, exist_ok=True)
    at = {name: folder / name for name in PROBLEMS}
    data = clip.read_bytes()
    ffmpeg("-i", clip, "-c", "copy", "-movflags", "+faststart", at["truncated.mp4"])
    index_first = at["truncated.mp4"].read_bytes()
    at["truncated.mp4"].write_bytes(index_first[: index_first.index(b"mdat") + len(data) // 3])
    at["cut-off-index.mp4"].write_bytes(data[: len(data) // 2])
    at["empty.mp4"].touch()
    at["text.mp4"].write_text("<html><body>404 Not Found</body></html>\n" * 50)
    at["zeros.mp4"].write_bytes(bytes(100_000))
    ffmpeg("-i", clip, "-vn", "-c", "copy", at["no-picture.mp4"])
    ffmpeg("-i", clip, "-an", "-c", "copy", at["no-sound.mp4"])
    ffmpeg("-i", clip, "-c", "copy", "-frames:v", "0", "-movflags", "empty_moov", at["no-frames.mp4"])
    media = data.index(b"mdat") + 4
    at["noise-inside.mp4"].write_bytes(data[:media] + bytes(len(data) - media - 20_000) + data[-20_000:])
    at["huge-gif.mp4"].write_bytes(_huge_gif())
    at["huge-jpeg.mp4"].write_bytes(_huge_jpeg(clip, folder / "small.mov", ffmpeg))
    os.mkfifo(at["fifo.mp4"])
    at["folder.mp4"].mkdir()
    at["dangling.mp4"].symlink_to(folder / "nothing")
    at["concat.mp4"].write_text(f"ffconcat version 1.0\nfile '{secret}'\n")
    at["playlist.mp4"].write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\nfile://{secret}\n#EXT-X-ENDLIST\n")
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", "-f", "gif", at["image.mp4"])
    return at


def _huge_gif() -> bytes:
    """A few bytes that claim an animation of 20,000 x 20,000 pixels."""
    size = struct.pack("<HH", 20_000, 20_000)
    screen = b"GIF89a" + size + b"\x80\x00\x00" + bytes(3) + b"\xff" * 3
    frame = b"\x21\xf9\x04\x00\x0a\x00\x00\x00" + b"\x2c" + bytes(4) + size + b"\x00" + b"\x02\x02\x4c\x01\x00"
    return screen + frame * 5 + b"\x3b"


def _huge_jpeg(clip: Path, scratch: Path, ffmpeg: Callable[..., None]) -> bytes:
    """A Motion JPEG whose frames claim 20,000 x 20,000 pixels."""
    ffmpeg("-i", clip, "-t", "1", "-c:v", "mjpeg", "-c:a", "aac", scratch)
    data = scratch.read_bytes()
    scratch.unlink()
    frame_header = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 120, 160)
    assert frame_header in data
    return data.replace(frame_header, frame_header[:5] + struct.pack(">HH", 20_000, 20_000))


def crash(path: Path) -> Path:
    """End the process that reads this clip, as a decoder's segmentation fault would."""
    if path.name == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return path


def hang(path: Path) -> Path:
    """Never come back from this clip."""
    while path.name == "hang":
        time.sleep(1)
    return path
