"""Save each change of a review to disk before the page shows the next clip."""

import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from mma_bench.verification.session import ReviewError, ReviewSession
from mma_bench.verification.votes import Verdict, write_ballot

LEAST_SECONDS = 0.3
"""Minimum time from a clip's appearance to its verdict; an earlier verdict is a double click or a held key."""


class SavedReview:
    """An annotator's session that saves its decisions and drafts to a file. Thread-safe."""

    def __init__(self, session: ReviewSession, path: Path) -> None:
        self.path = path
        self._session = session
        self._lock = threading.Lock()
        self._appeared: tuple[str | None, float] = (None, 0.0)

    def save(self) -> None:
        """Write the session to the file.

        Raises:
            StorageError: the file cannot be written.
        """
        with self._lock:
            self._save(self._session)

    def look(self) -> ReviewSession:
        """Return the current session."""
        with self._lock:
            return self._session

    def show(self) -> ReviewSession:
        """Return the current session, and start the timer of its clip when it is first shown."""
        with self._lock:
            if self._appeared[0] != self._session.current:
                self._appeared = (self._session.current, time.monotonic())
            return self._session

    def decide(self, clip_id: str, verdict: Verdict, broken: Collection[str], note: str) -> None:
        """Save a decision on a clip; see `ReviewSession.decide`.

        Raises:
            ReviewError: the decision is refused; nothing was changed.
            StorageError: the file cannot be written; nothing was changed.
        """
        with self._lock:
            shown, since = self._appeared
            # A page left open from an earlier run may decide on a clip that this process has not shown yet.
            seconds = time.monotonic() - since if shown == clip_id else None
            if seconds is not None and seconds < LEAST_SECONDS:
                raise ReviewError(f"Not counted, only {seconds:.1f} s after this clip appeared: press again.")
            now = datetime.now(UTC)
            self._save(self._session.decide(clip_id, verdict, broken, note, now=now, seconds=seconds))

    def undo(self) -> None:
        """Undo the last decision; see `ReviewSession.undo`.

        Raises:
            ReviewError, StorageError: as for `decide`.
        """
        with self._lock:
            self._save(self._session.undo())

    def draft(self, clip_id: str, broken: Collection[str], note: str) -> None:
        """Save the marks and the note as a draft.

        Raises:
            StaleDecisionError, StorageError: as for `decide`.
        """
        with self._lock:
            self._save(self._session.drafted(clip_id, broken, note))

    def set_aside(self, clip_id: str) -> None:
        """Skip a clip that does not play. This is not saved, so the clip is shown again in the next session."""
        with self._lock:
            self._session = self._session.without(clip_id)

    def _save(self, changed: ReviewSession) -> None:
        write_ballot(self.path, changed.ballot)
        self._session = changed
