"""What may come in: requests of a bounded size, and files for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, MutableMapping
from pathlib import Path
from typing import Any

from mma_space.clips.uploads import MAX_BYTES

MAX_REQUEST = 1_000_000
"""Bytes of any request but an upload; recipes and clicks have some hundred."""
KEPT_SECONDS, KEPT_BYTES = 1800, 2_000_000_000
"""How old files of visitors may get, and how much all of them may take."""
_FORM = 100_000  # what a form puts around a file


class BoundedRequests:
    """An ASGI middleware that refuses what is larger than anything that a page sends."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on if its length is said and allowed; one without a body says none."""
        if scope["type"] == "http" and not _is_allowed(scope):
            refusal = b"This is more than the page takes: files of 50 MB at most, and little else."
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(refusal)).encode())]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": refusal})
            return
        await self._app(scope, receive, send)


def _is_allowed(scope: MutableMapping[str, Any]) -> bool:
    headers = dict(scope["headers"])
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return False  # of a length that nobody knows; browsers and gradio's client say it
    length = headers.get(b"content-length", b"0")
    most = MAX_BYTES + _FORM if scope["path"].rstrip("/").endswith("/upload") else MAX_REQUEST
    return length.isdigit() and int(length) <= most


def sweep_now_and_then(folder: Path, kept: Callable[[], Collection[str]], *, every: float = 60.0) -> None:
    """In a thread: remove what visitors left in a folder. Gradio's own sweep does not know uploads that broke off."""

    def run() -> None:
        while True:
            time.sleep(every)
            sweep(folder, kept())

    threading.Thread(target=run, daemon=True, name="sweep").start()


def sweep(
    folder: Path, kept: Collection[str], *, seconds: float = KEPT_SECONDS, most_bytes: int = KEPT_BYTES
) -> list[Path]:
    """Remove files that are too old, and the oldest of the others where all take too much.

    Args:
        folder: looked through with all folders in it.
        kept: paths that stay: what the page itself shows.
        seconds: since a file was changed.
        most_bytes: of what is left, without what is kept.

    Returns:
        What was removed.
    """
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and str(path) not in kept:
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        except FileNotFoundError:  # somebody else removed it meanwhile
            continue
    removed, taken, oldest = [], 0, time.time() - seconds
    for changed, size, path in sorted(found, reverse=True):  # the newest first
        taken += size
        if changed < oldest or taken > most_bytes:
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed
