"""A web server on loopback that serves clips and fails in the ways that the web does.

    with MediaServer({"a.mp4": clip}) as server:
        server.faults["a.mp4"] = too_many(times=1, retry_after="1")
        urlopen(server.url("a.mp4"))    # 429; the second time the clip
        server.log                      # the requests so far

A client that probes an address before it downloads (as yt-dlp does) sends two requests; give `after=1` to a fault that
should hit only the download.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """A request and its status; `range` is the client's header, `time` is `time.monotonic()`."""

    time: float
    method: str
    path: str
    range: str | None
    status: int


@dataclass(frozen=True)
class Fault:
    """A fault at one path: it hits `times` GETs (None: all) after the first `after`. A HEAD is not counted."""

    status: int = 200  # any other status is sent in place of the file
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "video/mp4"
    body: Callable[[bytes], bytes] = lambda whole: whole
    sent: float = 1.0  # share of the announced bytes that is sent
    then: Literal["close", "stall"] = "close"
    bytes_per_second: int | None = None
    unless_cookie: tuple[str, str] | None = None  # clients with this cookie get the file
    times: int | None = None
    after: int = 0


def missing() -> Fault:
    """Answer 404 Not Found."""
    return Fault(404)


def gone() -> Fault:
    """Answer 410 Gone."""
    return Fault(410)


def forbidden(*, times: int | None = None, after: int = 0) -> Fault:
    """Answer 403 Forbidden."""
    return Fault(403, times=times, after=after)


def legal() -> Fault:
    """Answer 451 Unavailable For Legal Reasons."""
    return Fault(451)


def too_many(times: int | None = 1, retry_after: str | None = "1", *, after: int = 0) -> Fault:
    """Answer 429 Too Many Requests; `retry_after` is in seconds or an HTTP date."""
    return Fault(429, _retry_after(retry_after), times=times, after=after)


def unavailable(times: int | None = 1, retry_after: str | None = None, *, after: int = 0) -> Fault:
    """Answer 503 Service Unavailable."""
    return Fault(503, _retry_after(retry_after), times=times, after=after)


def server_error(times: int | None = None, *, after: int = 0) -> Fault:
    """Answer 500 Internal Server Error."""
    return Fault(500, times=times, after=after)


def redirect(to: str) -> Fault:
    """Redirect to another path of this server, or to an address."""
    return Fault(302, {"Location": to if "//" in to else f"/{quote(to)}"})


def needs_cookie(name: str, value: str) -> Fault:
    """Answer 403 Forbidden to clients without the cookie."""
    return Fault(403, unless_cookie=(name, value))


def broken(times: int | None = 1, *, after: int = 0) -> Fault:
    """Close the connection after half of the announced bytes."""
    return Fault(sent=0.5, times=times, after=after)


def stalled(times: int | None = None, *, after: int = 0) -> Fault:
    """Send half of the announced bytes, then nothing, with the connection open."""
    return Fault(sent=0.5, then="stall", times=times, after=after)


def slow(bytes_per_second: int, *, after: int = 0) -> Fault:
    """Send the file at a limited speed."""
    return Fault(bytes_per_second=bytes_per_second, after=after)


def not_media() -> Fault:
    """Send an HTML page with status 200 in place of the file."""
    page = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><p>Not here any more.</p></body></html>"
    return Fault(content_type="text/html; charset=utf-8", body=lambda _: page)


def wrong_type(content_type: str = "text/plain") -> Fault:
    """Send the file with another content type."""
    return Fault(content_type=content_type)


def garbage(size: int = 100_000) -> Fault:
    """Send random bytes with the content type of media."""
    return Fault(body=lambda _: random.Random(0).randbytes(size))


def truncated() -> Fault:
    """Send the first half of the file as if it were the whole."""
    return Fault(body=lambda whole: whole[: len(whole) // 2])


def _retry_after(value: str | None) -> dict[str, str]:
    return {} if value is None else {"Retry-After": value}


_NO_FAULT = Fault()


class MediaServer:
    """A server for the files of a folder or a mapping, within a `with` block.

    Args:
        media: a folder, or files or bytes by path.
        log: a file that also gets a line per request, for processes that are killed.
    """

    def __init__(self, media: Path | Mapping[str, Path | bytes], log: Path | None = None) -> None:
        self.faults: dict[str, Fault] = {}
        self._media, self._log_file = media, log
        self._requests: list[Request] = []
        self._gets: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"media": self}))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> MediaServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    def url(self, path: str) -> str:
        """Return the address of a file, such as `http://127.0.0.1:40001/a.mp4`."""
        return f"http://127.0.0.1:{self._http.server_port}/{quote(path)}"

    @property
    def log(self) -> list[Request]:
        """The requests so far, in the order of their responses."""
        with self._lock:
            return list(self._requests)

    def record(self, request: Request) -> None:
        """Log a request."""
        with self._lock:
            self._requests.append(request)
            if self._log_file:
                with self._log_file.open("a") as file:
                    file.write(f"{request.time:.3f} {request.method} {request.path} {request.range} {request.status}\n")

    def content(self, path: str) -> bytes | None:
        """Return the content of a file, None if there is no such file."""
        found = self._media.get(path) if isinstance(self._media, Mapping) else self._media / path
        if isinstance(found, Path):
            return found.read_bytes() if found.is_file() else None
        return found

    def fault_for(self, path: str, cookies: SimpleCookie, *, counted: bool) -> Fault:
        """Return the fault that hits this request."""
        with self._lock:
            fault, before = self.faults.get(path, _NO_FAULT), self._gets[path]
            self._gets[path] += counted
        strikes = before >= fault.after and (fault.times is None or before < fault.after + fault.times)
        if fault.unless_cookie:
            name, value = fault.unless_cookie
            strikes = strikes and not (name in cookies and cookies[name].value == value)
        return fault if strikes else _NO_FAULT


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    media: MediaServer

    def handle(self) -> None:
        """Ignore clients that disconnect before the end of the body."""
        with suppress(ConnectionError):
            super().handle()

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        whole = self.media.content(path)
        fault = self.media.fault_for(path, SimpleCookie(self.headers["Cookie"]), counted=with_body)
        if fault.status != 200 or whole is None:
            self._begin(path, fault.status if fault.status != 200 else 404, "text/plain", 0, fault.headers)
            return
        whole = fault.body(whole)
        start, end = self._range(len(whole))
        partial, headers = self.headers["Range"] is not None, {"Accept-Ranges": "bytes"}
        if partial and start >= end:
            self._begin(path, 416, "text/plain", 0, {"Content-Range": f"bytes */{len(whole)}"})
            return
        if partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(whole)}"
        self._begin(path, 206 if partial else 200, fault.content_type, end - start, headers)
        if with_body:
            self._send(whole[start:end], fault)

    def _range(self, size: int) -> tuple[int, int]:
        """Parse the requested range, `bytes=a-b`, `bytes=a-` or `bytes=-n`, as a half-open one."""
        first, _, last = (self.headers["Range"] or "bytes=0-").removeprefix("bytes=").partition("-")
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(size, int(last) + 1 if last else size)

    def _begin(self, path: str, status: int, content_type: str, length: int, headers: Mapping[str, str]) -> None:
        # Logged before the response, so that a client that has the response finds it in the log.
        self.media.record(Request(time.monotonic(), self.command, path, self.headers["Range"], status))
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, promised: bytes, fault: Fault) -> None:
        body = promised[: int(len(promised) * fault.sent)]
        step = max(1, fault.bytes_per_second // 10) if fault.bytes_per_second else max(1, len(body))
        for at in range(0, len(body), step):
            self.wfile.write(body[at : at + step])
            if fault.bytes_per_second and self.media.closing.wait(0.1):
                break
        if len(body) < len(promised):
            self.close_connection = True
            if fault.then == "stall":
                self.media.closing.wait()

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""
