"""Serve the review page until SIGINT or SIGTERM (paper, appendix B.2)."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import remove_partials_of
from mma_bench.core.served_page import launch
from mma_bench.core.signals import termination_event
from mma_bench.core.workfolder import sole_writer
from mma_bench.verification.autosave import SavedReview
from mma_bench.verification.opening import ReviewOptions, open_session, require_own
from mma_bench.verification.page.events import follow
from mma_bench.verification.page.layout import lay_out
from mma_bench.verification.session import ReviewSession
from mma_bench.verification.votes import read_ballot

_FOLDER = "GRADIO_TEMP_DIR"


@dataclass(frozen=True)
class RunningReview:
    """A review whose page is being served."""

    saved: SavedReview
    address: str
    """URL of the page."""


def review(
    options: ReviewOptions, *, on_start: Callable[[RunningReview], None] = lambda running: None
) -> ReviewSession:
    """Serve an annotator's review until SIGINT or SIGTERM; each decision is saved immediately.

    Args:
        options: clips, votes and annotator.
        on_start: called once the page is served.

    Returns:
        The session at the end.

    Raises:
        SourceError: a file cannot be read or is of another kind, or there is no clip to show.
        OptionsError: the existing review cannot be resumed, another process is writing them, or gradio is missing.
        StorageError: the votes cannot be written.
    """
    with reviewing(options) as running, termination_event() as ended:
        on_start(running)
        ended.wait()
        return running.saved.look()


@contextmanager
def reviewing(options: ReviewOptions) -> Iterator[RunningReview]:
    """Serve the page of a review while the block runs; see `review`."""
    with _sole_page(options):
        remove_partials_of(options.votes)
        saved = SavedReview(open_session(options), options.votes)
        saved.save()  # so that a full disk is reported before the first decision
        with serving(saved, options.clips, host=options.host, port=options.port) as address:
            yield RunningReview(saved, address)


@contextmanager
def _sole_page(options: ReviewOptions) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(sole_writer(options.votes))
        except OptionsError as error:
            if options.votes.exists():
                require_own(read_ballot(options.votes), options)
            raise OptionsError(
                f"{options.votes}: another process is running this review; continue in its page, or end it with "
                "Ctrl-C and run the same command again"
            ) from error
        yield


@contextmanager
def serving(review: SavedReview, clips: Path, *, host: str, port: int | None) -> Iterator[str]:
    """Serve the page while the block runs; yield its URL.

    Args:
        review: the review.
        clips: the folder of clips.
        host: address to listen on.
        port: port to listen on; None or 0 takes gradio's default, or the next free one.

    Raises:
        OptionsError: the port is taken, or gradio is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="mma-review-") as folder, _gradio_folder(folder):
        page = make_page(review, clips)
        try:
            yield _launch(page, review, clips, host, port)
        finally:
            page.close(verbose=False)


@contextmanager
def _gradio_folder(folder: str) -> Iterator[None]:
    """Set a private folder for gradio's files; by default all gradio apps on a machine share one."""
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
    """Build the gradio app of a review.

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
        # Only the clips under review; the folder may also hold votes.
        allowed_paths=[str((clips / clip.file).resolve()) for clip in review.look().ballot.reviewed],
        footer_links=[],
    )


# The theme's colours of small text have a contrast below 4.5.
_DARKER = {"block_info_text_color": "*neutral_600", "block_info_text_color_dark": "*neutral_300"}
