"""Storage of the loopback Hub in one folder: objects, commits, and a small file of references per repository.

A commit is written before a reference names it, and references move by replacing that small file. So a reader, or a hub
started again after a crash, sees a commit whole or not at all. All writing happens in the server's one event loop, and
between finding a repository and saving it no endpoint waits for anything: so no change is lost.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

Kind = Literal["model", "dataset", "space"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAIN = "refs/heads/main"


class NoSuchRevisionError(Exception):
    """A revision is no branch, tag, pull request's reference or commit."""


class WrongContentError(Exception):
    """Bytes do not match their announced SHA-256."""


@dataclass(frozen=True)
class File:
    """A file of a commit, held by git itself or in large file storage."""

    sha256: str
    size: int
    oid: str
    """Git's id of the content, or of the pointer to it."""
    lfs: bool = False

    @classmethod
    def large(cls, sha256: str, size: int) -> File:
        """Make a file in large file storage."""
        return cls(sha256, size, git_oid(lfs_pointer(sha256, size)), lfs=True)


def lfs_pointer(sha256: str, size: int) -> bytes:
    """Return the pointer that git holds in place of a large file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def git_oid(content: bytes) -> str:
    """Compute git's id of a blob.

    >>> git_oid(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()


@dataclass(frozen=True)
class Commit:
    """A state of a repository with all its files; `date` is ISO 8601."""

    oid: str
    parent: str | None
    title: str
    author: str
    date: str
    files: Mapping[str, File]


@dataclass
class Repo:
    """The mutable state of a repository; its commits are immutable."""

    kind: Kind
    id: str
    private: bool
    sdk: str | None = None
    """The SDK that a Space was created with, such as gradio."""
    refs: dict[str, str] = field(default_factory=dict)
    discussions: list[dict[str, Any]] = field(default_factory=list)
    """Pull requests, oldest first."""


class Blobs:
    """A folder of objects by SHA-256; an object appears there only when it is complete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return the path of an object, which exists if the object has arrived."""
        return self._folder / sha256

    def sizes(self) -> dict[str, int]:
        """Return the sizes in bytes of all objects by SHA-256."""
        return {p.name: p.stat().st_size for p in sorted(self._folder.iterdir()) if not p.name.startswith(".")}

    async def receive(self, sha256: str, chunks: AsyncIterator[bytes]) -> None:
        """Store an object from chunks. Nothing is stored if the chunks end early or do not match.

        Raises:
            WrongContentError: the bytes have another SHA-256.
        """
        digest = hashlib.sha256()
        handle, name = tempfile.mkstemp(prefix=".", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                async for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != sha256:
                raise WrongContentError(f"expected SHA-256 {sha256}, received {digest.hexdigest()}")
            Path(name).replace(self.path(sha256))
        finally:
            Path(name).unlink(missing_ok=True)


class Storage:
    """All repositories, commits and objects of a hub."""

    def __init__(self, folder: Path) -> None:
        self._repos = folder / "repos"
        self.uploads = folder / "uploads"
        self.uploads.mkdir(parents=True, exist_ok=True)
        self.contents = Blobs(folder / "blobs" / "git")
        self.large = Blobs(folder / "blobs" / "lfs")

    def find(self, kind: Kind, repo_id: str) -> Repo | None:
        """Return a repository, None if it does not exist."""
        state = self._repos / kind / repo_id / "repo.json"
        return Repo(**json.loads(state.read_bytes())) if state.is_file() else None

    def save(self, repo: Repo) -> None:
        """Write the references and settings of a repository."""
        write_atomically(self._repos / repo.kind / repo.id / "repo.json", json.dumps(asdict(repo)).encode())

    def keep(self, content: bytes) -> File:
        """Store a file in git itself."""
        sha256 = hashlib.sha256(content).hexdigest()
        write_atomically(self.contents.path(sha256), content)
        return File(sha256, len(content), git_oid(content))

    def path(self, file: File) -> Path:
        """Return the path of a file's content."""
        return (self.large if file.lfs else self.contents).path(file.sha256)

    def commit(
        self, repo: Repo, ref: str, parent: Commit | None, files: Mapping[str, File], *, title: str, author: str
    ) -> Commit:
        """Add a commit, with an id made from its content as in git, and move `ref` to it."""
        above = parent.oid if parent else None
        date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        files = dict(sorted(files.items()))
        held = json.dumps([above, title, author, date, {path: file.oid for path, file in files.items()}])
        made = Commit(hashlib.sha1(held.encode()).hexdigest(), above, title, author, date, files)
        write_atomically(self._commit_path(repo, made.oid), json.dumps(asdict(made)).encode())
        repo.refs[ref] = made.oid
        self.save(repo)
        return made

    def at(self, repo: Repo, revision: str) -> Commit:
        """Return the commit of a branch, tag, full reference or commit id.

        Raises:
            NoSuchRevisionError: there is no such commit.
        """
        references = (revision, f"refs/heads/{revision}", f"refs/tags/{revision}")
        oid = next((repo.refs[reference] for reference in references if reference in repo.refs), revision)
        path = self._commit_path(repo, oid)
        if not path.is_file():
            raise NoSuchRevisionError(revision)
        fields = json.loads(path.read_bytes())
        return Commit(**{**fields, "files": {name: File(**file) for name, file in fields["files"].items()}})

    def log(self, repo: Repo, newest: Commit) -> Iterator[Commit]:
        """Yield a commit and its ancestors."""
        yield newest
        while newest.parent:
            newest = self.at(repo, newest.parent)
            yield newest

    def _commit_path(self, repo: Repo, oid: str) -> Path:
        return self._repos / repo.kind / repo.id / "commits" / oid


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that readers see either all of `content` or the previous content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
