"""A page in a browser that is not allowed to complain."""

from collections.abc import Iterator
from typing import Any


def opened(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page; whatever the browser complains about fails the test, and so does a request to elsewhere."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None)
    page.set_default_timeout(60_000)
    page.goto(url)
    yield page
    context.close()
    assert complaints == []
