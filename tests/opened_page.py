"""A page in a browser that is not allowed to complain."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any


def opened(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page; whatever the browser complains about fails the test, and so does a request to elsewhere."""
    page = _context(browser, json.dumps({"viewport": {"width": 1280, "height": 900}, **options})).new_page()
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
    """Return a context of the browser; pages that share it load the code of the page once."""
    return browser.new_context(**json.loads(options))
