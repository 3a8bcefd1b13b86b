"""A review that is on the disk before its page shows the next clip."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from mma_bench.verification.session import ReviewError, ReviewSession
from mma_bench.verification.votes import Verdict, write_ballot

LEAST_SECONDS = 0.3
"""A verdict sooner after a clip's appearance was meant for the clip before: a double click, a key that was held."""


class SavedReview:
    """The session of one annotator, and the file that follows its every change. Thread-safe."""

    def __init__(self, session: ReviewSession, path: Path) -> None:
        self.path = path
        self._session = session
        self._lock = threading.Lock()
        self._appeared: tuple[str | None, float] = (None, 0.0)

    def save(self) -> None:
        """Write the file as the session is.

        Raises:
            StorageError: it cannot be written.
        """
        with self._lock:
            self._save(self._session)

    def look(self) -> ReviewSession:
        """The session as it is."""
        with self._lock:
            return self._session

    def show(self) -> ReviewSession:
        """The session as it is; the clip under review counts as shown from the first time on."""
        with self._lock:
            if self._appeared[0] != self._session.current:
                self._appeared = (self._session.current, time.monotonic())
            return self._session

    def decide(self, clip_id: str, verdict: Verdict, broken: Collection[str], note: str) -> None:
        """Decide, see `ReviewSession.decide`.

        Raises:
            ReviewError: nothing was changed; the message says why.
            StorageError: the file cannot be written; nothing was changed.
        """
        with self._lock:
            shown, since = self._appeared
            # A page that was left open may decide what this process has not shown yet.
            seconds = time.monotonic() - since if shown == clip_id else None
            if seconds is not None and seconds < LEAST_SECONDS:
                raise ReviewError(f"Not counted, only {seconds:.1f} s after this clip appeared: press again.")
            now = datetime.now(UTC)
            self._save(self._session.decide(clip_id, verdict, broken, note, now=now, seconds=seconds))

    def undo(self) -> None:
        """Take the last decision back, see `ReviewSession.undo`.

        Raises:
            ReviewError, StorageError: as for `decide`.
        """
        with self._lock:
            self._save(self._session.undo())

    def draft(self, clip_id: str, broken: Collection[str], note: str) -> None:
        """Keep what is being marked and written.

        Raises:
            StaleDecisionError, StorageError: as for `decide`.
        """
        with self._lock:
            self._save(self._session.drafted(clip_id, broken, note))

    def set_aside(self, clip_id: str) -> None:
        """Go on without a clip that does not play. The file says nothing of it: another time it may."""
        with self._lock:
            self._session = self._session.without(clip_id)

    def _save(self, changed: ReviewSession) -> None:
        write_ballot(self.path, changed.ballot)
        self._session = changed
