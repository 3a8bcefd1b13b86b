"""Serve the page, reject oversized requests, and delete visitors' old files."""

import threading
import time
from collections.abc import Collection, MutableMapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.served_page import launch
from mma_space.clips.uploads import MAX_BYTES

MAX_REQUEST = 1_000_000
"""Maximum size in bytes of a request other than an upload; usual requests take a few hundred bytes."""
KEPT_SECONDS, KEPT_BYTES = 1800, 2_000_000_000
"""Maximum age of visitors' files in seconds, and their maximum total size in bytes."""
_FORM = 100_000  # bytes of an upload request besides the file


def launch_page(page: Any, *, host: str | None = None, port: int | None = None) -> str:
    """Serve the page in background threads, and return its URL.

    Args:
        page: the app built by `make_page`.
        host: address to listen on; None listens on this machine only, or on all addresses in a Space.
        port: port to listen on; None or 0 takes the first free port from 7860 upwards.

    Raises:
        OptionsError: the port is taken.
    """
    from starlette.middleware import Middleware

    address = launch(
        page,
        host=host,
        port=port,
        style=(files("mma_space") / "templates" / "style.css").read_text(encoding="utf-8"),
        head=_HEAD,
        colours=_DARKER,
        max_file_size=MAX_BYTES,
        app_kwargs={"middleware": [Middleware(_bounded)]},
    )
    threading.Thread(target=_sweep_regularly, args=(page,), daemon=True, name="sweep").start()
    return address


def _bounded(app: Any) -> Any:
    """Wrap an ASGI app to reject requests that declare a greater length than the page ever sends."""

    async def forward(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not _is_allowed(scope):
            refusal = b"This is more than the page takes: files of 50 MB at most, and little else."
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(refusal)).encode())]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": refusal})
        else:
            await app(scope, receive, send)

    return forward


def _is_allowed(scope: MutableMapping[str, Any]) -> bool:
    headers = dict(scope["headers"])
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return False  # unknown length; browsers and gradio's client declare theirs
    length = headers.get(b"content-length", b"0")  # without one, there is no body
    most = MAX_BYTES + _FORM if scope["path"].rstrip("/").endswith("/upload") else MAX_REQUEST
    return length.isdigit() and int(length) <= most


def _sweep_regularly(page: Any) -> None:
    """Sweep gradio's folder every minute, since gradio's own sweep leaves aborted uploads behind."""
    while True:
        time.sleep(60)
        sweep(Path(page.GRADIO_CACHE), {path for block in page.blocks.values() for path in block.keep_in_cache})


def sweep(
    folder: Path, kept: Collection[str], *, seconds: float = KEPT_SECONDS, most_bytes: int = KEPT_BYTES
) -> list[Path]:
    """Delete files that are too old, then the oldest ones beyond a total size; return the paths of deleted files.

    Args:
        folder: the folder, searched recursively.
        kept: paths of the page's own files, which are neither deleted nor counted.
        seconds: maximum time since a file was modified.
        most_bytes: maximum total size.
    """
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and str(path) not in kept:
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        except FileNotFoundError:  # deleted meanwhile
            continue
    removed, taken, oldest = [], 0, time.time() - seconds
    for changed, size, path in sorted(found, reverse=True):  # the newest first
        taken += size
        if changed < oldest or taken > most_bytes:
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


# The theme's light colours have a contrast below 4.5.
_DARKER = {
    "button_primary_background_fill": "*primary_700",
    "button_primary_background_fill_hover": "*primary_800",
    "checkbox_label_background_fill_selected": "*primary_700",
    "block_label_text_color": "*primary_800",
    "block_title_text_color": "*primary_800",
}

# Live regions and names for screen readers, which gradio's HTML lacks.
_HEAD = """<script>
const announce = () => {
  for (const part of document.querySelectorAll("#answers, #matrix-status, #upload-notice")) {
    part.setAttribute("aria-live", "polite");
    part.setAttribute("role", "status");
  }
  for (const picture of document.querySelectorAll("#gallery button:has(img[alt])"))
    picture.setAttribute("aria-label", picture.querySelector("img").alt);
  for (const group of document.querySelectorAll("fieldset:not([aria-label])"))
    group.setAttribute("aria-label", group.querySelector("[data-testid=block-info]")?.innerText ?? "Choice");
  document.querySelector("#link textarea, #link input")?.setAttribute("aria-label", "Link to what you see");
};
new MutationObserver(announce).observe(document, { childList: true, subtree: true });
</script>"""
