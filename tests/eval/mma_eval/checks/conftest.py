"""Drawn clips for the checks."""

from pathlib import Path

import pytest

from broken_clips import Drawn, draw, render_classes
from conftest import MadeOnce


@pytest.fixture(scope="session")
def drawings(made_once: MadeOnce) -> Path:
    """Draw a whole clip of each class."""
    return made_once("drawings", render_classes)


@pytest.fixture
def drawn(drawings: Path, tmp_path: Path) -> Drawn:
    """Those, and broken ones, with a manifest."""
    return draw(drawings, tmp_path)
