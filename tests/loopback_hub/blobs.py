"""Contents, each kept once under its SHA-256; a name exists only when all of its bytes do."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path


class WrongContentError(Exception):
    """The bytes are not those that their SHA-256 promised."""


class Blobs:
    """A folder of contents."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the content is, if it is here."""
        return self._folder / sha256

    def has(self, sha256: str) -> bool:
        """Whether the content is here, whole."""
        return self.path(sha256).is_file()

    def sizes(self) -> dict[str, int]:
        """SHA-256 to bytes of everything that is here."""
        return {p.name: p.stat().st_size for p in sorted(self._folder.iterdir()) if not p.name.startswith(".")}

    def put(self, content: bytes) -> str:
        """Keep a content; its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        write_atomically(self.path(sha256), content)
        return sha256

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


def write_atomically(path: Path, content: bytes) -> None:
    """Whoever reads `path` sees all of `content` or what was there before."""
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
