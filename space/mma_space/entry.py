"""Start the page from given settings, or from the folder and variables of a Space."""

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from mma_space.answering.zerogpu import ON_ZEROGPU  # isort: skip  (before torch)
from mma_bench.core.errors import MMABenchError
from mma_bench.core.signals import termination_event
from mma_space.page.page import make_page
from mma_space.page.serving import launch_page
from mma_space.settings import Settings, for_this_machine, read_variables, settings_of
from mma_space.space import load_models, open_space


def main(folder: Path) -> None:
    """Serve the page with the settings of a Space's folder; environment variables override its settings.json."""
    try:
        settings, notice = for_this_machine(settings_of({**read_variables(folder), **os.environ}))
        serve(settings, notice=notice, tell=lambda address: print(address, flush=True))  # noqa: T201
    except MMABenchError as error:
        sys.exit(f"error: {error}")


def serve(
    settings: Settings,
    *,
    notice: str = "",
    host: str | None = None,
    port: int | None = None,
    tell: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the page until SIGINT or SIGTERM; call `tell` with its URL once it is served.

    Raises:
        MMABenchError: the clips cannot be loaded, or the port is taken.
    """
    with (
        tempfile.TemporaryDirectory(prefix="mma-space-") as folder,
        open_space(settings, Path(folder) / "clips", notice) as space,
    ):
        os.environ["GRADIO_TEMP_DIR"] = f"{folder}/gradio"  # by default all gradio apps on a machine share one folder
        if ON_ZEROGPU:  # ZeroGPU needs the model in memory before the page is served
            load_models(space)
        page = make_page(space)
        tell(launch_page(page, host=host, port=port))
        if not ON_ZEROGPU:  # serve the page first, since loading takes seconds
            threading.Thread(target=load_models, args=(space,), daemon=True, name="load").start()
        with termination_event() as ended:
            ended.wait()
            page.close(verbose=False)
