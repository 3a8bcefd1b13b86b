"""Repositories on disk: a folder each, with its commits and one small file that says where the references stand.

A commit is written before a reference names it, and references move by replacing that small file. So a reader, or a hub
started again after a crash, sees a commit whole or not at all. All writing happens in the server's one event loop, and
between finding a repository and saving it no endpoint waits for anything: so no change is lost.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from loopback_hub.blobs import Blobs, write_atomically
from loopback_hub.history import Commit, File

Kind = Literal["model", "dataset", "space"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAIN = "refs/heads/main"


class NoSuchRevisionError(Exception):
    """Neither a branch, a tag, a pull request's reference nor a commit."""


@dataclass
class Repo:
    """What changes about a repository; its commits do not."""

    kind: Kind
    id: str
    private: bool
    created: str
    refs: dict[str, str] = field(default_factory=dict)
    discussions: list[dict[str, Any]] = field(default_factory=list)
    space: dict[str, Any] = field(default_factory=dict)
    """Only of a Space: sdk, hardware, sleep_time, variables, secrets (their names; values cannot be read back)."""


class Storage:
    """Everything that a hub knows, below one folder."""

    def __init__(self, folder: Path) -> None:
        self._repos = folder / "repos"
        self.uploads = folder / "uploads"
        self.uploads.mkdir(parents=True, exist_ok=True)
        self.contents = Blobs(folder / "blobs" / "git")
        self.large = Blobs(folder / "blobs" / "lfs")

    def find(self, kind: Kind, repo_id: str) -> Repo | None:
        """A repository, if there is one."""
        state = self._folder(kind, repo_id) / "repo.json"
        return Repo(**json.loads(state.read_bytes())) if state.is_file() else None

    def all(self, kind: Kind) -> Iterator[Repo]:
        """All repositories of a kind."""
        for state in sorted((self._repos / kind).glob("*/*/repo.json")):
            yield Repo(**json.loads(state.read_bytes()))

    def save(self, repo: Repo) -> None:
        """Let references and settings stand as `repo` says."""
        folder = self._folder(repo.kind, repo.id)
        (folder / "commits").mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "repo.json", json.dumps(asdict(repo)).encode())

    def delete(self, repo: Repo) -> None:
        """Forget a repository; contents stay, since others may share them."""
        shutil.rmtree(self._folder(repo.kind, repo.id))

    def move(self, repo: Repo, to: str) -> None:
        """Give a repository another name."""
        folder = self._folder(repo.kind, to)
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder(repo.kind, repo.id).replace(folder)
        repo.id = to
        self.save(repo)

    def commit(self, repo: Repo, ref: str, parent: Commit | None, files: dict[str, File], **about: str) -> Commit:
        """Add a commit and let `ref` stand there; `about`: title, message, author."""
        made = Commit.make(parent, files, **about, date=now())
        folder = self._folder(repo.kind, repo.id) / "commits"
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / made.oid, made.to_json())
        repo.refs[ref] = made.oid
        self.save(repo)
        return made

    def at(self, repo: Repo, revision: str) -> Commit:
        """The commit that a branch, tag, full reference or (shortened) commit id names.

        Raises:
            NoSuchRevisionError: it names none.
        """
        for ref in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}"):
            if ref in repo.refs:
                return self._read(repo, repo.refs[ref])
        if re.fullmatch(r"[0-9a-f]{7,40}", revision):
            found = list((self._folder(repo.kind, repo.id) / "commits").glob(f"{revision}*"))
            if len(found) == 1:
                return self._read(repo, found[0].name)
        raise NoSuchRevisionError(revision)

    def log(self, repo: Repo, newest: Commit) -> Iterator[Commit]:
        """A commit and those before it."""
        yield newest
        while newest.parent:
            newest = self._read(repo, newest.parent)
            yield newest

    def path(self, file: File) -> Path:
        """Where a file's content is."""
        return (self.large if file.lfs else self.contents).path(file.sha256)

    def _folder(self, kind: Kind, repo_id: str) -> Path:
        namespace, _, name = repo_id.partition("/")
        return self._repos / kind / namespace / (name or "-")  # "-" is no name: without a namespace nothing is found

    def _read(self, repo: Repo, oid: str) -> Commit:
        return Commit.from_json((self._folder(repo.kind, repo.id) / "commits" / oid).read_bytes())


def now() -> str:
    """As the Hub writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
