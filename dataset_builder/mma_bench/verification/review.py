"""From options to a review by one person, in a page (paper, appendix B.2)."""

from __future__ import annotations

from collections.abc import Callable

from mma_bench.files import remove_partials_of, sole_writer
from mma_bench.verification.autosave import SavedReview
from mma_bench.verification.opening import ReviewOptions, open_session
from mma_bench.verification.page.serve import serve
from mma_bench.verification.session import ReviewSession


def review(
    options: ReviewOptions,
    *,
    began: Callable[[ReviewSession], None] = lambda session: None,
    tell: Callable[[str], None] = lambda address: None,
) -> ReviewSession:
    """Let an annotator decide clip after clip until Ctrl-C, or SIGTERM. Each decision is on the disk at once.

    Args:
        options: what is reviewed, by whom.
        began: told the session, before the page is there.
        tell: told the page's address.

    Returns:
        The session as it was left.

    Raises:
        SourceError: a file cannot be read or is another than it should be, or there is no clip to show.
        OptionsError: the votes that are there cannot go on, another process is at work on them, or gradio is missing.
        StorageError: the votes cannot be written.
    """
    with sole_writer(options.votes):
        remove_partials_of(options.votes)
        session = open_session(options)
        saved = SavedReview(session, options.votes)
        saved.save()  # a disk that refuses says so now, not after the first clip
        began(session)
        serve(saved, options.clips, host=options.host, port=options.port, tell=tell)
        return saved.look()
