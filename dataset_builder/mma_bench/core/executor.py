"""Worker processes that outlive bad clips: a crash or a hang costs one clip, never the build."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from mma_bench.core.errors import ClipError, MMABenchError


class WorkerError(MMABenchError):
    """Worker processes cannot be started."""


Item = TypeVar("Item")
Result = TypeVar("Result")

CLIP_TIMEOUT = 300.0
"""Seconds that one clip may take. The slowest honest one, 10 s of 4K, takes about a tenth of that."""


class WorkerPool:
    """Processes that apply a function to items. A context manager; leaving it ends them."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        # Fresh interpreters: a forked child would inherit locks held by threads of the parent.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(max_workers=workers, context=context, initializer=_end_with, initargs=(os.getpid(),))

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def map(
        self,
        work: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        name_of: Callable[[Item], str],
        timeout: float = CLIP_TIMEOUT,
    ) -> Iterator[tuple[Item, Result | ClipError]]:
        """Apply `work` to each item in another process; yield results in the order of the items.

        Only a few items are under way at a time, so neither items nor results pile up in memory. `work` must be a
        function at module level. A `ClipError` that it raises is yielded; any other error is raised.
        """
        waiting: deque[tuple[Item, Future[Any]]] = deque()
        for item in items:
            waiting.append((item, self.start(work, item, timeout=timeout)))
            if len(waiting) > 2 * self._workers:
                yield _outcome(*waiting.popleft(), name_of, timeout)
        while waiting:
            yield _outcome(*waiting.popleft(), name_of, timeout)

    def start(self, work: Callable[[Item], Result], item: Item, *, timeout: float) -> Future[Any]:
        """Begin to apply `work` to one item; `result_of` says how it went."""
        return self._pool.schedule(work, args=(item,), timeout=timeout)


def _outcome(
    item: Item, future: Future[Any], name_of: Callable[[Item], str], timeout: float
) -> tuple[Item, Any | ClipError]:
    try:
        return item, result_of(future, name=name_of(item), timeout=timeout)
    except ClipError as error:
        return item, error


def result_of(future: Future[Any], *, name: str, timeout: float) -> Any:
    """What a worker made of an item, or what it raised.

    Raises:
        ClipError: among others where the item took too long, or ended the process.
    """
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "the worker processes ended before they began. They import the calling script anew: call build() under "
            '`if __name__ == "__main__":`, in a file, or use the command `mma-bench build`'
        ) from error
    except FutureTimeout:
        detail = f"reading it took more than {timeout:g} s; look at the file"
        raise ClipError(name, "timed_out", detail) from None
    except ProcessExpired as error:
        detail = f"reading it ended the process (exit code {error.exitcode}); look at the file"
        raise ClipError(name, "crashed", detail) from error


def _end_with(parent: int) -> None:
    """Make this worker end when the build is killed: nobody else would tell it to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the build's to handle

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
