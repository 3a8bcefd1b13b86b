"""A repository as a test sees it: what is published, without asking over HTTP."""

from __future__ import annotations

from typing import Any

from loopback_hub.history import Commit
from loopback_hub.storage import Kind, Repo, Storage


class RepoView:
    """Looks anew each time it is asked."""

    def __init__(self, storage: Storage, kind: Kind, repo_id: str) -> None:
        self._storage, self._kind, self._id = storage, kind, repo_id

    @property
    def exists(self) -> bool:
        """Whether there is such a repository."""
        return self._storage.find(self._kind, self._id) is not None

    @property
    def private(self) -> bool:
        """Whether strangers do not see it."""
        return self._repo.private

    @property
    def sdk(self) -> str | None:
        """What a Space was created for, e.g. gradio."""
        return self._repo.space.get("sdk")

    @property
    def space(self) -> dict[str, Any]:
        """A Space's settings: hardware, sleep_time, paused, variables, secrets (names only)."""
        return self._repo.space

    @property
    def refs(self) -> dict[str, str]:
        """Reference to commit: refs/heads/main, refs/tags/v1, refs/pr/1, ..."""
        return self._repo.refs

    @property
    def discussions(self) -> list[dict[str, Any]]:
        """Pull requests and discussions, oldest first: num, title, status, events, ..."""
        return self._repo.discussions

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """Path to content; without the `.gitattributes` that every repository is born with."""
        repo = self._repo
        files = self._storage.at(repo, revision).files
        return {path: self._storage.path(f).read_bytes() for path, f in files.items() if path != ".gitattributes"}

    def large_files(self, revision: str = "main") -> set[str]:
        """The paths of those in large file storage."""
        repo = self._repo
        return {path for path, file in self._storage.at(repo, revision).files.items() if file.lfs}

    def commits(self, revision: str = "main") -> list[Commit]:
        """Newest first; the oldest is the Hub's own "initial commit"."""
        repo = self._repo
        return list(self._storage.log(repo, self._storage.at(repo, revision)))

    @property
    def _repo(self) -> Repo:
        found = self._storage.find(self._kind, self._id)
        assert found, f"there is no {self._kind} {self._id}"
        return found
