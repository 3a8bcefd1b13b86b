"""From settings to a page that is served."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from mma_space.lent_gpu import LENT
from mma_space.page.blocks import launch_page, make_page
from mma_space.settings import Settings
from mma_space.space import open_space


def serve(
    settings: Settings,
    *,
    notice: str = "",
    host: str | None = None,
    port: int | None = None,
    tell: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the page until it is stopped.

    Args:
        settings: what is shown and who answers.
        notice: for visitors.
        host: to listen on.
        port: to listen on; 0 takes any that is free.
        tell: told the address, once the page is there.

    Raises:
        MMABenchError: the clips cannot be had, or the port is taken.
    """
    space = open_space(settings, notice)
    if LENT:  # what is to be lent a GPU must be in memory before the page is there
        space.voices.load()
    page = make_page(space)
    with space.readers:
        tell(launch_page(page, host=host, port=port))
        if not LENT:  # the page comes first: loading takes seconds of both
            space.voices.load_aside()
        _until_stopped()
        page.close(verbose=False)


def _until_stopped() -> None:
    """Ctrl-C or a scheduler's end is how a page ends: nothing was interrupted, and there is nothing to continue."""
    stopped = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stopped.set())
    stopped.wait()
