"""From options to a review by one person, in a page (paper, appendix B.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import remove_partials_of
from mma_bench.core.signals import termination_event
from mma_bench.core.workfolder import sole_writer
from mma_bench.verification.autosave import SavedReview
from mma_bench.verification.opening import ReviewOptions, open_session, require_own
from mma_bench.verification.page.serve import serving
from mma_bench.verification.session import ReviewSession
from mma_bench.verification.votes import read_ballot


@dataclass(frozen=True)
class RunningReview:
    """A review whose page is there."""

    saved: SavedReview
    address: str
    """Of its page."""


def review(options: ReviewOptions, *, tell: Callable[[RunningReview], None] = lambda running: None) -> ReviewSession:
    """Let an annotator decide clip after clip until Ctrl-C, or SIGTERM. Each decision is on the disk at once.

    Args:
        options: what is reviewed, by whom.
        tell: told once the page is there.

    Returns:
        The session as it was left.

    Raises:
        SourceError: a file cannot be read or is another than it should be, or there is no clip to show.
        OptionsError: the votes that are there cannot go on, another process is at work on them, or gradio is missing.
        StorageError: the votes cannot be written.
    """
    with reviewing(options) as running, termination_event() as ended:
        tell(running)
        ended.wait()  # every decision is on the disk already
        return running.saved.look()


@contextmanager
def reviewing(options: ReviewOptions) -> Iterator[RunningReview]:
    """The same while a block runs."""
    with _sole_page(options):
        remove_partials_of(options.votes)
        saved = SavedReview(open_session(options), options.votes)
        saved.save()  # a disk that refuses says so now, not after the first clip
        with serving(saved, options.clips, host=options.host, port=options.port) as address:
            yield RunningReview(saved, address)


@contextmanager
def _sole_page(options: ReviewOptions) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(sole_writer(options.votes))
        except OptionsError as error:
            if options.votes.exists():  # whole, however soon the other process writes it anew
                require_own(read_ballot(options.votes), options)
            raise OptionsError(
                f"{options.votes}: a review is writing it in another process; go on in its page, or end it with "
                "Ctrl-C and run the same command again"
            ) from error
        yield
