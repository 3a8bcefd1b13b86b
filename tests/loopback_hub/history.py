"""Commits: immutable, each naming every file of the repository at that moment, as git's trees do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class File:
    """A file of a commit: which content, and whether git holds it itself or a pointer to large file storage."""

    sha256: str
    size: int
    oid: str
    """Git's name for what git holds: the content, or the pointer."""
    lfs: bool = False


def regular_file(content: bytes) -> File:
    """A file that git holds itself."""
    return File(hashlib.sha256(content).hexdigest(), len(content), git_oid(content))


def lfs_file(sha256: str, size: int) -> File:
    """A file in large file storage."""
    return File(sha256, size, git_oid(lfs_pointer(sha256, size)), lfs=True)


def lfs_pointer(sha256: str, size: int) -> bytes:
    """What git holds in place of a large file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def git_oid(content: bytes) -> str:
    """Git's name of a blob.

    >>> git_oid(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()


@dataclass(frozen=True)
class Commit:
    """A state of a repository; `date` is ISO 8601."""

    oid: str
    parent: str | None
    title: str
    message: str
    author: str
    date: str
    files: Mapping[str, File]

    @classmethod
    def make(cls, parent: Commit | None, files: Mapping[str, File], **about: str) -> Commit:
        """A commit on top of `parent`, named by what it holds, as in git."""
        above = parent.oid if parent else None
        held = json.dumps([above, about, {p: f.oid for p, f in sorted(files.items())}], sort_keys=True)
        return cls(hashlib.sha1(held.encode()).hexdigest(), above, files=dict(sorted(files.items())), **about)

    def to_json(self) -> bytes:
        """For the disk."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Commit:
        """From the disk."""
        fields = json.loads(data)
        return cls(**{**fields, "files": {path: File(**file) for path, file in fields["files"].items()}})


def nodes(files: Mapping[str, File], folder: str = "", *, recursive: bool) -> Iterator[dict[str, Any]]:
    """What a listing of `folder` shows, as the Hub writes it: files, and the folders that they imply, before them."""
    prefix, shown = f"{folder}/" if folder else "", set()
    for path, file in sorted(files.items()):
        if not path.startswith(prefix):
            continue
        steps = path[len(prefix) :].split("/")[:-1]
        for depth in range(1, len(steps) + 1 if recursive else min(2, len(steps) + 1)):
            inner = prefix + "/".join(steps[:depth])
            if inner not in shown:
                shown.add(inner)
                yield {"type": "directory", "oid": _tree_oid(files, inner), "size": 0, "path": inner}
        if recursive or not steps:
            yield {"type": "file", "oid": file.oid, "size": file.size, "path": path, **lfs_info(file, "oid")}


def lfs_info(file: File, sha256_key: str) -> dict[str, Any]:
    """What the Hub says besides of a large file; listings and infos call its SHA-256 differently."""
    if not file.lfs:
        return {}
    pointer_size = len(lfs_pointer(file.sha256, file.size))
    return {"lfs": {sha256_key: file.sha256, "size": file.size, "pointerSize": pointer_size}}


def _tree_oid(files: Mapping[str, File], folder: str) -> str:
    """A name that changes with what is below the folder, as a git tree's does."""
    below = [(path, file.oid) for path, file in sorted(files.items()) if path.startswith(f"{folder}/")]
    return hashlib.sha1(json.dumps(below).encode()).hexdigest()
