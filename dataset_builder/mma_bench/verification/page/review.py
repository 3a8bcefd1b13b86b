"""Serve the review page until SIGINT or SIGTERM (paper, appendix B.2)."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import remove_partial_files
from mma_bench.core.served_page import launch
from mma_bench.core.signals import termination_event
from mma_bench.core.workfolder import sole_writer
from mma_bench.verification.opening import open_session, require_own
from mma_bench.verification.options import ReviewOptions
from mma_bench.verification.page.layout import lay_out
from mma_bench.verification.session import ReviewSession, SavedReview
from mma_bench.verification.votes import read_ballot

_FOLDER = "GRADIO_TEMP_DIR"


def review(
    options: ReviewOptions, *, on_start: Callable[[ReviewSession, str], None] = lambda session, url: None
) -> ReviewSession:
    """Serve an annotator's review until SIGINT or SIGTERM, saving each decision immediately; return the final session.

    `on_start` is called with the session and the page's URL once the page is served.

    Raises:
        SourceError: a file cannot be read or is of the wrong kind, or there is no clip to show.
        OptionsError: the review cannot be resumed, another process runs it, the port is taken, or gradio is missing.
        StorageError: the votes cannot be written.
    """
    with reviewing(options) as (saved, url), termination_event() as ended:
        on_start(saved.look(), url)
        ended.wait()
        return saved.look()


@contextmanager
def reviewing(options: ReviewOptions) -> Iterator[tuple[SavedReview, str]]:
    """Serve the page of a review while the block runs; yield the review and the page's URL. For errors see `review`."""
    with _sole_page(options), _gradio_folder():
        remove_partial_files(options.votes)
        saved = SavedReview(open_session(options), options.votes)
        saved.save()  # so that a full disk is reported before the first decision
        page = _make_page(saved, options.clips)
        try:
            yield saved, _launch(page, saved, options)
        finally:
            page.close(verbose=False)


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
def _gradio_folder() -> Iterator[None]:
    """Set a private folder for gradio's files; by default all gradio apps on a machine share one."""
    before = os.environ.get(_FOLDER)
    with tempfile.TemporaryDirectory(prefix="mma-review-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]
            if before is not None:
                os.environ[_FOLDER] = before


def _make_page(saved: SavedReview, clips: Path) -> Any:
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        import gradio as gr
    except ImportError as error:
        raise OptionsError(f"`mma-bench review` needs gradio ({error}); run pip install 'mma-bench[review]'") from error
    title = f"MMA-Bench review, {saved.look().ballot.annotator}"
    with gr.Blocks(title=title, analytics_enabled=False) as page:
        lay_out(saved, clips)
    return page


def _launch(page: Any, saved: SavedReview, options: ReviewOptions) -> str:
    own = files("mma_bench.verification.page")
    return launch(
        page,
        host=options.host,
        port=options.port,
        style=(own / "style.css").read_text(encoding="utf-8"),
        head=f"<script>{(own / 'keys.js').read_text(encoding='utf-8')}</script>",
        # The theme's colours of small text have a contrast below 4.5.
        colours={"block_info_text_color": "*neutral_600", "block_info_text_color_dark": "*neutral_300"},
        # Only the clips under review; the folder may also hold votes.
        allowed_paths=[str((options.clips / clip.file).resolve()) for clip in saved.look().ballot.reviewed],
        footer_links=[],
    )
