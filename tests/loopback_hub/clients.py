"""Point the Hub's clients of this process at another Hub: they read the environment once, when they are imported."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def clients_see(environment: Mapping[str, str]) -> Iterator[None]:
    """Let huggingface_hub and datasets read these variables again, and those of before at the end.

    Args:
        environment: what `LoopbackHub.environment` gives.
    """
    try:
        with patch.dict(os.environ, environment):
            _read_again()
            yield
    finally:
        _read_again()


def _read_again() -> None:
    """Close connections, forget what file systems know of repositories, and evaluate the modules of settings again."""
    from huggingface_hub import HfFileSystem, constants
    from huggingface_hub.utils import close_session

    close_session()
    HfFileSystem.clear_instance_cache()
    importlib.reload(constants)
    if "datasets.config" in sys.modules:
        importlib.reload(sys.modules["datasets.config"])
