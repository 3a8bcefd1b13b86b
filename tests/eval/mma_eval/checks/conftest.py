"""Drawn clips for the checks."""

from pathlib import Path

import pytest

from broken_clips import Drawn, draw, render_classes


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a whole clip of each class."""
    return render_classes(tmp_path_factory.mktemp("drawings"))


@pytest.fixture
def drawn(drawings: Path, tmp_path: Path) -> Drawn:
    """Those, and broken ones, with a manifest."""
    return draw(drawings, tmp_path)
