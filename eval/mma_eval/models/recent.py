"""What was made lately and may be wanted again: a picture's frames, or what a tower made of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The last few values by key, those that were wanted last. Each is made once, however many threads want it."""

    def __init__(self, most: int) -> None:
        """Begin with none.

        Args:
            most: how many are kept.
        """
        self._most = most
        self._kept: dict[Hashable, Future[Value]] = {}
        self._lock = Lock()

    def get(self, key: Hashable | None, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not there; without a key it is made and not kept.

        What `make` raises is raised to all who wait for it, and is not kept.
        """
        if key is None:
            return make()
        with self._lock:
            found = self._kept.pop(key, None)
            value = found if found is not None else Future[Value]()
            self._kept[key] = value  # at the end: wanted last
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        if found is None:
            self._make(key, value, make)
        return value.result()

    def _make(self, key: Hashable, value: Future[Value], make: Callable[[], Value]) -> None:
        try:
            value.set_result(make())
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is value:
                    del self._kept[key]
            value.set_exception(error)
