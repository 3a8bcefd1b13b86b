"""Faults of the loopback Hub, as data: the requests that they hit, how often, and with what effect."""

import asyncio
import re
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault that hits `times` requests (None: all) of a method and a path, after the first `after` of them.

    Args:
        method: HTTP method, such as "PUT"; None for any.
        path: a regular expression, searched in the decoded path without query: /api/..., /REPO/resolve/...; for large
            files, at the second origin, /put/SHA256, /parts/SHA256/NUMBER and /get/SHA256/NAME.
        status: status of the response; the request has no effect.
        retry_after: value of the header Retry-After in seconds, sent with `status`.
        drop_after: number of bytes after which the connection is cut: of the request's body, which then has no effect
            (at the end of a shorter body), or, for GET, of the response's body.
        drop_answer: cut the connection before the response; the request has its effect.
        hold: hold the request until `Faults.release`; it has no effect if its client is gone by then.
    """

    method: str | None = None
    path: str = ""
    times: int | None = 1
    after: int = 0
    status: int | None = None
    retry_after: float | None = None
    drop_after: int | None = None
    drop_answer: bool = False
    hold: bool = False

    def concerns(self, method: str, path: str) -> bool:
        """Return True if the fault applies to a request."""
        return self.method in (None, method) and re.search(self.path, path) is not None


class Faults:
    """The pending faults, added by a test's thread and used up by the server's."""

    def __init__(self) -> None:
        self.held = threading.Event()
        """Set while a request is held."""
        self._released = threading.Event()
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault. If several apply to a request, the first one added strikes."""
        with self._lock:
            self._faults.append(fault)
            self._seen.append(0)
            if fault.hold:
                self.held.clear()
                self._released.clear()

    def clear(self) -> None:
        """Remove all faults and release held requests."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()
        self.release()

    def release(self) -> None:
        """Let held requests continue."""
        self._released.set()

    def strike(self, method: str, path: str) -> Fault | None:
        """Count a request and return the fault that strikes it."""
        with self._lock:
            for n, fault in enumerate(self._faults):
                if not fault.concerns(method, path):
                    continue
                self._seen[n] += 1
                if self._seen[n] > fault.after and (fault.times is None or self._seen[n] <= fault.after + fault.times):
                    return fault
        return None

    async def wait(self) -> None:
        """Hold a request until `release`."""
        self.held.set()
        while not self._released.is_set():
            await asyncio.sleep(0.01)
        self.held.clear()
