"""A Space on the Hub: settings from its folder and its variables, then the page."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import mma_space.answering.zerogpu  # noqa: F401  (before torch)
from mma_bench.core.errors import MMABenchError
from mma_space.serve import serve
from mma_space.settings import CHOSEN, for_this_machine, settings_of


def main(folder: Path) -> None:
    """Serve what the Space's folder says; its variables come first (`settings.VARIABLES`)."""
    chosen = folder / CHOSEN
    variables = json.loads(chosen.read_text(encoding="utf-8")) if chosen.exists() else {}
    try:
        settings, notice = for_this_machine(settings_of({**variables, **os.environ}))
        serve(settings, notice=notice, tell=lambda address: print(address, flush=True))  # noqa: T201
    except MMABenchError as error:
        sys.exit(f"error: {error}")
