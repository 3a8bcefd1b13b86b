"""Keep a run within its budget, whatever a request turns out to cost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """Money for a run, in US dollars; requests reserve what they may cost, from any thread.

    A request reserves the larger of its estimate and the cost of the dearest request so far. Until a first request has
    told its cost, only one is under way at a time. A budget is therefore exceeded only by requests under way that are
    dearer than both their estimate and every request before them, and by a probe.
    """

    def __init__(self, limit: float) -> None:
        """Create a budget of `limit` dollars; `add` counts what earlier runs have spent."""
        self.limit = limit
        self.spent = 0.0
        self.refused = False
        """Whether a request was refused."""
        self._dearest: float | None = None
        self._reserved = 0.0
        self._under_way = 0
        self._closed = False
        self._changed = threading.Condition()

    @contextmanager
    def request(self, estimate: float) -> Iterator["Request | None"]:
        """Reserve money for a request in a `with` block; yield None if it must not be sent.

        Waits for requests under way as long as their cost decides about this one. `estimate` is in dollars.
        """
        reserved = self._reserve(estimate)
        if reserved is None:
            yield None
            return
        request = Request()
        try:
            yield request
        finally:
            self._settle(reserved, request)

    def add(self, cost: float | None, *, requests: int) -> None:
        """Count the cost of requests that were not reserved, such as those of a probe; None if it is unknown."""
        if cost is not None:
            with self._changed:
                self.spent += cost
                self._dearest = max(self._dearest or 0.0, cost / requests)

    def close(self) -> None:
        """Refuse all further requests, also those that wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _reserve(self, estimate: float) -> float | None:
        with self._changed:
            while not self._closed and not self.refused:
                needed = max(estimate, self._dearest or 0.0)
                fits = self.spent + self._reserved + needed <= self.limit
                if fits and (self._dearest is not None or not self._under_way):
                    self._reserved += needed
                    self._under_way += 1
                    return needed
                if not self._under_way:
                    self.refused = True
                    break
                self._changed.wait()
            return None

    def _settle(self, reserved: float, request: "Request") -> None:
        with self._changed:
            self._reserved -= reserved
            self._under_way -= 1
            self.spent += request.cost or 0.0
            if request.answered or request.cost is not None:
                self._dearest = max(self._dearest or 0.0, request.cost or 0.0)
            self._changed.notify_all()


class Request:
    """A request under way; `answered` and `cost` are set when its reply has come."""

    answered: bool = False
    cost: float | None = None
