"""From settings to a page that is served."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from mma_bench.core.signals import termination_event
from mma_space.answering.zerogpu import LENT
from mma_space.page.blocks import launch_page, make_page
from mma_space.settings import Settings
from mma_space.space import load_voices, open_space


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
    with (
        tempfile.TemporaryDirectory(prefix="mma-space-") as folder,
        open_space(settings, Path(folder) / "clips", notice) as space,
    ):
        os.environ["GRADIO_TEMP_DIR"] = f"{folder}/gradio"  # else all of this machine's gradio apps share one
        if LENT:  # what is to be lent a GPU must be in memory before the page is there
            load_voices(space)
        page = make_page(space)
        tell(launch_page(page, host=host, port=port))
        if not LENT:  # the page comes first: loading takes seconds of both
            threading.Thread(target=load_voices, args=(space,), daemon=True, name="load").start()
        with termination_event() as ended:
            ended.wait()
            page.close(verbose=False)
