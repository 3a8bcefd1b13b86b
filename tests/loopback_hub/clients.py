"""Point the Hub clients of this process at another Hub; normally they read the environment once, at import."""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def clients_see(environment: Mapping[str, str]) -> Iterator[None]:
    """Let huggingface_hub and datasets read these environment variables, and the previous ones at the end.

    Args:
        environment: result of `LoopbackHub.environment`.
    """
    try:
        with patch.dict(os.environ, environment):
            _read_again()
            yield
    finally:
        _read_again()


def _read_again() -> None:
    """Close connections, clear the caches of file systems, and reload the modules of settings."""
    from huggingface_hub import HfFileSystem, constants
    from huggingface_hub.utils import close_session

    close_session()
    HfFileSystem.clear_instance_cache()
    importlib.reload(constants)
    if "datasets.config" in sys.modules:
        importlib.reload(sys.modules["datasets.config"])
