"""The page, served."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.errors import OptionsError
from mma_bench.core.served_page import launch
from mma_bench.verification.autosave import SavedReview
from mma_bench.verification.page.events import follow
from mma_bench.verification.page.layout import lay_out

_FOLDER = "GRADIO_TEMP_DIR"


@contextmanager
def serving(review: SavedReview, clips: Path, *, host: str, port: int | None) -> Iterator[str]:
    """Serve the page of a review while the block runs; gives its address.

    Args:
        review: what is on the page.
        clips: the folder of clips.
        host: to listen on.
        port: to listen on; None or 0 takes gradio's, or the next that is free.

    Raises:
        OptionsError: the port is taken, or gradio is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="mma-review-") as folder, _gradio_keeps_files_in(folder):
        page = make_page(review, clips)
        try:
            yield _launch(page, review, clips, host, port)
        finally:
            page.close(verbose=False)


@contextmanager
def _gradio_keeps_files_in(folder: str) -> Iterator[None]:
    """Else all of this machine's gradio apps share one."""
    before = os.environ.get(_FOLDER)
    os.environ[_FOLDER] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[_FOLDER]
        else:
            os.environ[_FOLDER] = before


def make_page(review: SavedReview, clips: Path) -> Any:
    """The gradio app of a review.

    Raises:
        OptionsError: gradio is not installed.
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        import gradio as gr
    except ImportError as error:
        raise OptionsError(f"reviewing needs gradio ({error}): pip install 'mma-bench[review]'") from error
    annotator = review.look().ballot.annotator
    with gr.Blocks(title=f"MMA-Bench review, {annotator}", analytics_enabled=False) as page:
        follow(review, clips, lay_out(annotator))
    return page


def _launch(page: Any, review: SavedReview, clips: Path, host: str, port: int | None) -> str:
    own = files("mma_bench.verification.page")
    return launch(
        page,
        host=host,
        port=port,
        style=(own / "style.css").read_text(encoding="utf-8"),
        head=f"<script>{(own / 'keys.js').read_text(encoding='utf-8')}</script>",
        colours=_DARKER,
        # The clips under review and nothing else of the folder: votes may lie there.
        allowed_paths=[str((clips / clip.file).resolve()) for clip in review.look().ballot.reviewed],
        footer_links=[],
    )


# The theme's own colours of small text keep no contrast of 4.5.
_DARKER = {"block_info_text_color": "*neutral_600", "block_info_text_color_dark": "*neutral_300"}
