"""Send requests to a server: each within a time limit, and again if the failure may pass."""

import asyncio
import math
import re
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import wait
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar

from mma_bench.core.errors import first_line
from mma_bench.core.records import Json

Result = TypeVar("Result")

LONGEST_WAIT = 300.0
"""Seconds that a server may ask to wait; a request that would have to wait longer fails at once."""
_PASSING = (408, 409, 429)
_FIRST_WAIT, _MOST_WITHOUT_ADVICE = 1.0, 60.0  # seconds, doubled with each attempt
_CHECKED = 0.5  # seconds between looks at whether to stop


class RequestError(Exception):
    """A request failed.

    `passing` tells whether the same request may succeed later, `after` in how many seconds; `cost` is what the server
    charges for it nevertheless, in US dollars.
    """

    def __init__(
        self, reason: str, *, passing: bool = False, after: float | None = None, cost: float | None = None
    ) -> None:
        super().__init__(reason)
        self.passing = passing
        self.after = after
        self.cost = cost


def send(
    request: Callable[[], Awaitable[Result]],
    *,
    timeout: float,
    tries: int,
    stop: threading.Event,
    failed: Callable[[RequestError], None] = lambda failure: None,
) -> Result:
    """Send a request and return its reply, in up to `tries` attempts of `timeout` seconds each.

    The limit holds for a whole reply: a server that sends a byte now and then cannot extend it. Each failed attempt is
    passed to `failed`; once `stop` is set, nothing is waited for any more.

    Raises:
        RequestError: the last attempt failed, or one failed for good.
    """
    for attempt in range(1, tries + 1):
        if stop.is_set():
            raise RequestError("interrupted")
        try:
            return _in_event_loop(asyncio.wait_for(request(), timeout), stop)
        except TimeoutError:
            failure = RequestError(f"no answer within {timeout:g} s (--timeout)", passing=True)
        except RequestError as error:
            failure = error
        failed(failure)
        if attempt == tries or not failure.passing:
            break
        delay = failure.after or min(_FIRST_WAIT * 2 ** (attempt - 1), _MOST_WITHOUT_ADVICE)
        if delay > LONGEST_WAIT:
            raise RequestError(f"{failure}; the server asks to wait {delay:,.0f} s: run the same command again then")
        if stop.wait(delay):
            raise RequestError("interrupted")
    raise RequestError(f"{failure}{f', {attempt} times' if attempt > 1 else ''}", passing=failure.passing) from failure


def _in_event_loop(call: Coroutine[Any, Any, Result], stop: threading.Event) -> Result:
    """Await a call in the event loop that all clients share, from any other thread; return its result.

    Raises:
        RequestError: `stop` was set before the result was there.
    """
    future = asyncio.run_coroutine_threadsafe(call, _event_loop())
    while not wait([future], _CHECKED).done:
        if stop.is_set():
            future.cancel()
            raise RequestError("interrupted")
    return future.result()


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="requests", daemon=True).start()
    return loop


def status_error(status: int, message: str, headers: Mapping[str, str], body: Json) -> RequestError:
    """Describe a reply with an error status, or with an error in its body."""
    passing = (status in _PASSING or status >= 500) and "insufficient_quota" not in str(body)
    return RequestError(f"{status}: {message}", passing=passing, after=advised_wait(headers, body))


def advised_wait(headers: Mapping[str, str], body: Json) -> float | None:
    """Return the seconds that a server asks to wait, from its headers or the `retryDelay` of Google's APIs.

    >>> advised_wait({"retry-after": "2"}, None)
    2.0
    >>> advised_wait({}, {"error": {"details": [{"retryDelay": "17.5s"}]}})
    17.5
    """
    told = [
        (headers.get("retry-after-ms"), 0.001),
        (headers.get("retry-after"), 1.0),
        *((str(delay), 1.0) for delay in _values("retryDelay", body)),
    ]
    waits = [scale * seconds for text, scale in told if text is not None and (seconds := _seconds(text)) is not None]
    return max(waits, default=None)


def _seconds(text: str) -> float | None:
    """Parse a number of seconds, with or without a unit, or an HTTP date; None for anything else."""
    try:
        seconds = float(text.strip().removesuffix("s"))
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _values(key: str, value: Json) -> list[Any]:
    """Find the values of a key anywhere in a JSON value."""
    if isinstance(value, Mapping):
        own = [value[key]] if key in value else []
        return [*own, *(found for inner in value.values() for found in _values(key, inner))]
    return [found for inner in value for found in _values(key, inner)] if isinstance(value, list) else []


def reply_error(error: ValueError) -> RequestError:
    """Describe a reply that a library could not parse; one that was torn on its way may come whole the next time."""
    raw = getattr(error, "doc", None) or str(error).partition("Raw response: ")[2]
    if not raw:  # JSON of another kind
        return RequestError(f"no usable reply: {first_line(error)}")
    said = not_json(raw)
    return RequestError(said, passing="HTML" not in said)


def not_json(text: str) -> str:
    """Describe a reply that is not JSON; an HTML page is named by its title.

    >>> not_json("<html><head><title>502 Bad Gateway</title></head></html>")
    'expected JSON, found an HTML page (502 Bad Gateway); check --base-url, and whatever stands before the server'
    """
    if re.search(r"<(?:!doctype html|html|head|body)\b", text[:2000], re.IGNORECASE):
        title = re.search(r"<(title|h1)[^>]*>\s*(.*?)\s*</\1>", text, re.IGNORECASE | re.DOTALL)
        named = f" ({' '.join(title[2].split())[:80]})" if title and title[2] else ""
        return f"expected JSON, found an HTML page{named}; check --base-url, and whatever stands before the server"
    return f"expected JSON, found {text[:80]!r}"
