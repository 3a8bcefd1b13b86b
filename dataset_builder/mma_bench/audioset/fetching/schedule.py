"""Schedule attempts with a rate limit, exponential backoff and Retry-After."""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

MAX_WAIT = 900.0
"""Longest wait in seconds that a server can impose; longer waits are capped."""


@dataclass(order=True, frozen=True)
class Attempt(Generic[Item]):
    """An attempt at an item; the earliest sorts first."""

    due: float
    """Earliest time of the attempt."""
    order: int
    """Index of the item in the input."""
    item: Item = field(compare=False)
    number: int = field(compare=False, default=1)
    """Number of the attempt at the item, from 1."""


class Schedule(Generic[Item]):
    """The items still to be attempted. Times are in seconds on the caller's clock; no method waits.

    `pause` is the minimum time between the starts of two attempts, `attempts` their number per item, `backoff` the time
    before the second attempt at an item, doubled for each further one.
    """

    def __init__(self, items: Iterable[Item], *, now: float, pause: float, attempts: int, backoff: float) -> None:
        self._fresh = deque(Attempt(now, order, item) for order, item in enumerate(items))
        self._failed: list[Attempt[Item]] = []  # a heap
        self._pause, self._attempts, self._backoff = pause, attempts, backoff
        self._next_start = now

    def __len__(self) -> int:
        return len(self._fresh) + len(self._failed)

    def next_at(self) -> float | None:
        """Return the earliest start of the next attempt; None if no item is left."""
        if self._fresh:
            return self._next_start
        return max(self._next_start, self._failed[0].due) if self._failed else None

    def begin(self, now: float) -> Attempt[Item] | None:
        """Remove and return the next attempt; None if no attempt may start now.

        A failed item that is due precedes fresh items, so that it does not wait until the end.
        """
        at = self.next_at()
        if at is None or now < at:
            return None
        self._next_start = now + self._pause
        if self._failed and self._failed[0].due <= now:
            return heapq.heappop(self._failed)
        return self._fresh.popleft()

    def retry(self, attempt: Attempt[Item], *, now: float, retry_after: float | None) -> bool:
        """Schedule a failed item again; return False if it has no attempts left.

        `retry_after` is the wait in seconds that the server requests; no attempt at any item starts earlier.
        """
        wait = self._backoff * 2 ** (attempt.number - 1)
        if retry_after is not None:
            retry_after = min(retry_after, MAX_WAIT)
            self._next_start = max(self._next_start, now + retry_after)
            wait = max(wait, retry_after)
        if attempt.number >= self._attempts:
            return False
        heapq.heappush(self._failed, Attempt(now + wait, attempt.order, attempt.item, attempt.number + 1))
        return True

    def drain(self) -> list[Item]:
        """Remove and return all items that are left, in order."""
        items = [waiting.item for waiting in sorted((*self._fresh, *self._failed), key=lambda t: t.order)]
        self._fresh.clear()
        self._failed.clear()
        return items
