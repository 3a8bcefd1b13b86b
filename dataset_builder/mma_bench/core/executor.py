"""Worker processes, which protect a command from clips that crash or hang the decoder."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from mma_bench.core.errors import ClipError, MMABenchError


class WorkerError(MMABenchError):
    """Worker processes cannot be started."""


Item = TypeVar("Item")
Result = TypeVar("Result")

CLIP_TIMEOUT = 300.0
"""Time limit per clip in seconds. The slowest valid clip, 10 s of 4K, takes about a tenth of that."""


class WorkerPool:
    """A pool of worker processes, stopped when its context exits."""

    def __init__(self, workers: int, imports: Sequence[str]) -> None:
        """Configure the pool; its processes start with the first item.

        Args:
            workers: number of processes.
            imports: modules that the work needs; they are imported once for all workers.
        """
        self._workers = workers
        self._pool = ProcessPool(workers, context=_context(imports), initializer=_begin, initargs=(dict(os.environ),))

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
        """Apply `work`, a module-level function, to each item in a worker process; yield the results in input order.

        A `ClipError` is yielded as the item's result; any other exception is raised. Only a few items are in flight at
        a time, so that neither items nor results pile up in memory.
        """
        waiting: deque[tuple[Item, Future[Any]]] = deque()

        def outcome() -> tuple[Item, Any | ClipError]:
            item, future = waiting.popleft()
            try:
                return item, result_of(future, name=name_of(item), timeout=timeout)
            except ClipError as error:
                return item, error

        for item in items:
            waiting.append((item, self.start(work, item, timeout=timeout)))
            if len(waiting) > 2 * self._workers:
                yield outcome()
        while waiting:
            yield outcome()

    def result(
        self, work: Callable[..., Result], arguments: Sequence[Any], *, name: str, timeout: float = CLIP_TIMEOUT
    ) -> Result:
        """Call `work`, a module-level function, in a worker process, and wait for its result.

        Raises:
            ClipError: raised by the worker, or the call timed out or crashed its process.
            WorkerError: no worker process could start.
        """
        future = self._pool.schedule(work, args=arguments, timeout=timeout)
        result: Result = result_of(future, name=name, timeout=timeout)
        return result

    def start(self, work: Callable[[Item], Result], item: Item, *, timeout: float) -> Future[Any]:
        """Submit one item; pass the future to `result_of`."""
        return self._pool.schedule(work, args=(item,), timeout=timeout)


def result_of(future: Future[Any], *, name: str, timeout: float) -> Any:
    """Return the result of a submitted item, or raise its worker's error.

    Raises:
        ClipError: raised by the worker, or the item timed out or crashed its process.
        WorkerError: no worker process could start.
    """
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "the worker processes could not start. They import the calling script, so call this function in a file, "
            'under `if __name__ == "__main__":`, or run the `mma-bench` command instead'
        ) from error
    except FutureTimeout:
        detail = f"reading it took more than {timeout:g} s; look at the file"
        raise ClipError(name, "timed_out", detail) from None
    except ProcessExpired as error:
        detail = f"reading it ended the process (exit code {error.exitcode}); look at the file"
        raise ClipError(name, "crashed", detail) from error


def _context(imports: Sequence[str]) -> BaseContext:
    """Choose a start method that does not fork this process: a worker would inherit the locks held by its threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(imports))
    return context


def _begin(environment: Mapping[str, str]) -> None:
    """Initialise a worker: adopt the parent's environment variables, and exit when the parent ends."""
    os.environ.clear()  # the fork server has the variables of its own start
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
