"""What a hub keeps, below one folder: contents, commits, and a small file per repository: where its references stand.

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
    """Neither a branch, a tag, a pull request's reference nor a commit."""


class WrongContentError(Exception):
    """The bytes are not those that their SHA-256 promised."""


@dataclass(frozen=True)
class File:
    """A file of a commit: which content, and whether git holds it itself or a pointer to large file storage."""

    sha256: str
    size: int
    oid: str
    """Git's name for what git holds: the content, or the pointer."""
    lfs: bool = False

    @classmethod
    def large(cls, sha256: str, size: int) -> File:
        """A file in large file storage."""
        return cls(sha256, size, git_oid(lfs_pointer(sha256, size)), lfs=True)


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
    """A state of a repository: every file at that moment, as git's trees tell it; `date` is ISO 8601."""

    oid: str
    parent: str | None
    title: str
    author: str
    date: str
    files: Mapping[str, File]


@dataclass
class Repo:
    """What changes about a repository; its commits do not."""

    kind: Kind
    id: str
    private: bool
    sdk: str | None = None
    """What a Space was created for, e.g. gradio."""
    refs: dict[str, str] = field(default_factory=dict)
    discussions: list[dict[str, Any]] = field(default_factory=list)
    """Pull requests, oldest first."""


class Blobs:
    """A folder of contents, each under its SHA-256; a name exists only when all of its bytes do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the content is, if it is here."""
        return self._folder / sha256

    def sizes(self) -> dict[str, int]:
        """SHA-256 to bytes of everything that is here."""
        return {p.name: p.stat().st_size for p in sorted(self._folder.iterdir()) if not p.name.startswith(".")}

    async def receive(self, sha256: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what comes in pieces. If it stops coming, or is something else, nothing is kept.

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
    """Everything that a hub knows."""

    def __init__(self, folder: Path) -> None:
        self._repos = folder / "repos"
        self.uploads = folder / "uploads"
        self.uploads.mkdir(parents=True, exist_ok=True)
        self.contents = Blobs(folder / "blobs" / "git")
        self.large = Blobs(folder / "blobs" / "lfs")

    def find(self, kind: Kind, repo_id: str) -> Repo | None:
        """A repository, if there is one."""
        state = self._repos / kind / repo_id / "repo.json"
        return Repo(**json.loads(state.read_bytes())) if state.is_file() else None

    def save(self, repo: Repo) -> None:
        """Let references and settings stand as `repo` says."""
        write_atomically(self._repos / repo.kind / repo.id / "repo.json", json.dumps(asdict(repo)).encode())

    def keep(self, content: bytes) -> File:
        """A file that git holds itself."""
        sha256 = hashlib.sha256(content).hexdigest()
        write_atomically(self.contents.path(sha256), content)
        return File(sha256, len(content), git_oid(content))

    def path(self, file: File) -> Path:
        """Where a file's content is."""
        return (self.large if file.lfs else self.contents).path(file.sha256)

    def commit(
        self, repo: Repo, ref: str, parent: Commit | None, files: Mapping[str, File], *, title: str, author: str
    ) -> Commit:
        """Add a commit, named by what it holds as in git, and let `ref` stand there."""
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
        """The commit that a branch, tag, full reference or commit id names.

        Raises:
            NoSuchRevisionError: it names none.
        """
        references = (revision, f"refs/heads/{revision}", f"refs/tags/{revision}")
        oid = next((repo.refs[reference] for reference in references if reference in repo.refs), revision)
        path = self._commit_path(repo, oid)
        if not path.is_file():
            raise NoSuchRevisionError(revision)
        fields = json.loads(path.read_bytes())
        return Commit(**{**fields, "files": {name: File(**file) for name, file in fields["files"].items()}})

    def log(self, repo: Repo, newest: Commit) -> Iterator[Commit]:
        """A commit and those before it."""
        yield newest
        while newest.parent:
            newest = self.at(repo, newest.parent)
            yield newest

    def _commit_path(self, repo: Repo, oid: str) -> Path:
        return self._repos / repo.kind / repo.id / "commits" / oid


def write_atomically(path: Path, content: bytes) -> None:
    """Whoever reads `path` sees all of `content` or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
