"""Schedule attempts with a rate limit, exponential backoff and support for Retry-After."""

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

MAX_WAIT = 900.0
"""Longest wait in seconds that a server can impose; longer waits are shortened to it."""


@dataclass(order=True, frozen=True)
class Attempt(Generic[Item]):
    """An attempt at an item. Attempts sort by due time, then by the order of their items in the input."""

    due: float
    """Earliest time at which the attempt may start."""
    order: int
    """Index of the item in the input."""
    item: Item = field(compare=False)
    number: int = field(compare=False, default=1)
    """Number of attempts at the item so far, including this one."""


class Schedule(Generic[Item]):
    """The items still to be attempted. Times are in seconds on the caller's clock; no method waits.

    `pause` is the minimum time between the starts of two attempts, `attempts` the maximum number per item, and
    `backoff` the time before the second attempt at an item, doubled for each further attempt.
    """

    def __init__(self, items: Iterable[Item], *, now: float, pause: float, attempts: int, backoff: float) -> None:
        self._fresh = deque(Attempt(now, order, item) for order, item in enumerate(items))
        self._failed: list[Attempt[Item]] = []  # a heap
        self._pause, self._attempts, self._backoff = pause, attempts, backoff
        self._next_start = now

    def __len__(self) -> int:
        return len(self._fresh) + len(self._failed)

    def next_at(self) -> float | None:
        """Return the earliest time at which the next attempt may start; None if no item is left."""
        if self._fresh:
            return self._next_start
        return max(self._next_start, self._failed[0].due) if self._failed else None

    def begin(self, now: float) -> Attempt[Item] | None:
        """Remove and return the next attempt; None if no attempt may start now.

        A failed item that is due comes before items not yet attempted, so that it need not wait for all of them.
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

        `retry_after` is the wait in seconds that the server requests; no attempt at any item starts before it is over.
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
        """Remove and return all items that are left, in input order."""
        items = [waiting.item for waiting in sorted((*self._fresh, *self._failed), key=lambda t: t.order)]
        self._fresh.clear()
        self._failed.clear()
        return items
