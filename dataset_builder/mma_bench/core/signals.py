"""How a page that is served ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def awaiting_end() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a scheduler's end sets while the block runs; neither is an interruption of anything.

    In the main thread only. Afterwards both signals do what they did before.
    """
    ended = threading.Event()
    before = {signum: signal.signal(signum, lambda *_: ended.set()) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
