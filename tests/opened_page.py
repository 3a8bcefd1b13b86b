"""A page in a browser that is not allowed to complain."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

CHROMIUM = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    "--autoplay-policy=no-user-gesture-required",
)
"""Options of the browser."""
_USUAL = {"viewport": {"width": 1280, "height": 900}}


def opened(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page; whatever the browser complains about fails the test, and so does a request to elsewhere."""
    page = _context(browser, json.dumps({**_USUAL, **options})).new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None)
    page.set_default_timeout(60_000)
    page.goto(url)
    yield page
    page.close()
    assert complaints == []


@lru_cache(maxsize=8)
def _context(browser: Any, options: str) -> Any:
    """Return a context; pages that share it load the page's code once and, in the usual one, compile it once."""
    if json.loads(options) != _USUAL:
        return browser.new_context(**json.loads(options))
    kind, folder = browser.browser_type, tempfile.mkdtemp(prefix="chromium-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return kind.launch_persistent_context(folder, executable_path=shutil.which("chromium"), args=CHROMIUM, **_USUAL)
