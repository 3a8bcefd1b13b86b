"""What goes wrong on the way, as data: which requests, how often, and how."""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What happens to `times` requests (None: all) of a method and a path, after the first `after` of them.

    Args:
        method: e.g. "PUT"; None is any.
        path: a regular expression, looked for in the unquoted path without its query: /api/..., /REPO/resolve/...;
            at the other origin /put/SHA256, /parts/SHA256/NUMBER and /get/SHA256/NAME, where large files come from.
        status: answered in place of the Hub's answer; nothing is done.
        retry_after: seconds, told with `status`.
        drop_after: the connection is cut after so many bytes of the request's body were read (at its end if it is
            shorter; nothing is done), or, for GET, after so many bytes of the answer's body were sent.
        drop_answer: what was asked for is done, and the connection is cut where the answer should come.
        hold: the request waits until `Faults.release`; if its client is gone by then, nothing is done.
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
        """Whether a request is one of those meant."""
        return self.method in (None, method) and re.search(self.path, path) is not None


class Faults:
    """The faults to come. Filled by a test's thread, used up by the server's."""

    def __init__(self) -> None:
        self.held = threading.Event()
        """Set while a request waits."""
        self._released = threading.Event()
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let something go wrong from now on. Of several that concern a request, the first added strikes."""
        with self._lock:
            self._faults.append(fault)
            self._seen.append(0)
            if fault.hold:
                self.held.clear()
                self._released.clear()

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()
        self.release()

    def release(self) -> None:
        """Let requests that wait go on."""
        self._released.set()

    def strike(self, method: str, path: str) -> Fault | None:
        """What happens to a request, which is counted."""
        with self._lock:
            for n, fault in enumerate(self._faults):
                if not fault.concerns(method, path):
                    continue
                self._seen[n] += 1
                if self._seen[n] > fault.after and (fault.times is None or self._seen[n] <= fault.after + fault.times):
                    return fault
        return None

    async def wait(self) -> None:
        """Hold a request until it is released."""
        self.held.set()
        while not self._released.is_set():
            await asyncio.sleep(0.01)
        self.held.clear()
