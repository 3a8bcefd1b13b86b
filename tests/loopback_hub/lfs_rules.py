"""Which files go to large file storage: those that `.gitattributes` names, the large and the binary ones."""

from __future__ import annotations

from fnmatch import fnmatch

EXTENSIONS = (
    "7z arrow avi bin bz2 ckpt flac gif gz h5 jpeg jpg m4a mkv mov mp3 mp4 msgpack npy npz ogg onnx parquet pdf pickle"
    " pkl png pt pth safetensors tar tflite wav webm webp xz zip zst"
)
GITATTRIBUTES = "".join(f"*.{e} filter=lfs diff=lfs merge=lfs -text\n" for e in EXTENSIONS.split()).encode()
"""What a new repository says; much as the Hub's."""

LARGEST_REGULAR = 10_000_000


def is_large(path: str, size: int, sample: bytes, gitattributes: str) -> bool:
    """Whether a file is to be uploaded to large file storage; `sample` is its beginning.

    >>> is_large("a/b.mp4", 10, b"", "*.mp4 filter=lfs -text"), is_large("a.txt", 10, b"x", "*.mp4 filter=lfs -text")
    (True, False)
    """
    patterns = [line.split()[0] for line in gitattributes.splitlines() if "filter=lfs" in line.split()]
    named = any(fnmatch(path if "/" in pattern else path.rsplit("/", 1)[-1], pattern) for pattern in patterns)
    return named or size > LARGEST_REGULAR or b"\0" in sample
