"""Handle SIGINT (Ctrl-C) and SIGTERM (from a scheduler) in commands, uploads, trainings and served pages."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

INTERRUPTED = "interrupted; the same command continues where this one stopped"
"""Message that a resumable command prints when it is interrupted."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived.

    Not a KeyboardInterrupt, which typer would handle before the command can print how to resume.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum
        """The exit code that shells report for a process ended by the signal."""


@contextmanager
def on_interruption(handler: Callable[[int], object]) -> Iterator[None]:
    """Call `handler` with the signal number on SIGINT or SIGTERM during the block (in the main thread only)."""
    before = {signum: signal.signal(signum, lambda number, _: handler(number)) for signum in _SIGNALS}
    try:
        yield
    finally:
        for signum, handler_before in before.items():
            signal.signal(signum, handler_before)


@contextmanager
def raising_interrupted() -> Iterator[None]:
    """Raise `Interrupted` in the block when SIGINT or SIGTERM arrives."""
    arrived: list[int] = []

    def interrupt(signum: int) -> NoReturn:
        arrived.append(signum)
        raise Interrupted(signum)

    with on_interruption(interrupt):
        try:
            yield
        except Exception as error:
            if arrived:  # a library turned the interruption into an error of its own, as an interrupted import does
                raise Interrupted(arrived[-1]) from error
            raise


@contextmanager
def termination_event() -> Iterator[threading.Event]:
    """Yield an event that SIGINT or SIGTERM sets, so that a served page can shut down cleanly."""
    ended = threading.Event()
    with on_interruption(lambda signum: ended.set()):
        yield ended
