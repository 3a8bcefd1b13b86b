"""When which clip is tried: not too fast, and not before a server wants to hear from us again."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

MAX_WAIT = 900.0
"""Seconds that a server can make us wait. One that wants longer is asked again then, and once more may refuse."""


@dataclass(order=True, frozen=True)
class Try(Generic[Item]):
    """An item to be tried, the earliest first."""

    due: float
    order: int
    item: Item = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Schedule(Generic[Item]):
    """The items still to be tried. Times are seconds on the clock that the caller goes by; nothing here waits.

    Args:
        items: in the order in which they are tried.
        now: the time.
        pause: between the beginnings of two tries, at least.
        attempts: tries per item.
        backoff: before the second try of an item; doubled for each further one.
    """

    def __init__(self, items: Iterable[Item], *, now: float, pause: float, attempts: int, backoff: float) -> None:
        self._fresh = deque(Try(now, order, item) for order, item in enumerate(items))
        self._failed: list[Try[Item]] = []  # a heap
        self._pause, self._attempts, self._backoff = pause, attempts, backoff
        self._open_at = now

    def __len__(self) -> int:
        return len(self._fresh) + len(self._failed)

    def next_at(self) -> float | None:
        """When the next try may begin; None if nothing waits."""
        if self._fresh:
            return self._open_at
        return max(self._open_at, self._failed[0].due) if self._failed else None

    def begin(self, now: float) -> Try[Item] | None:
        """Take the try that is due, if one may begin now.

        A failed one whose time has come goes first: behind ten thousand fresh ones it would never come to an end.
        """
        at = self.next_at()
        if at is None or now < at:
            return None
        self._open_at = now + self._pause
        if self._failed and self._failed[0].due <= now:
            return heapq.heappop(self._failed)
        return self._fresh.popleft()

    def again(self, tried: Try[Item], *, now: float, retry_after: float | None) -> bool:
        """Put a failed try back for later; False if the item has had its tries.

        Args:
            tried: what failed.
            now: the time.
            retry_after: seconds that the server asks us to wait. It speaks to all of us, so nothing begins before.
        """
        wait = self._backoff * 2 ** (tried.attempt - 1)
        if retry_after is not None:
            retry_after = min(retry_after, MAX_WAIT)
            self._open_at = max(self._open_at, now + retry_after)
            wait = max(wait, retry_after)
        if tried.attempt >= self._attempts:
            return False
        heapq.heappush(self._failed, Try(now + wait, tried.order, tried.item, tried.attempt + 1))
        return True

    def drain(self) -> list[Item]:
        """Take everything that waits, in order: nothing more will be tried."""
        items = [waiting.item for waiting in sorted((*self._fresh, *self._failed), key=lambda t: t.order)]
        self._fresh.clear()
        self._failed.clear()
        return items
