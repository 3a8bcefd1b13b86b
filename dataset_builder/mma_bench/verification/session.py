"""Represent the state of a review, apply decisions to it, and save it to the vote file after each change."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Json
from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.votes import Ballot, Verdict, Vote, write_ballot

LEAST_SECONDS = 0.3
"""Minimum time from a clip's appearance to its verdict; an earlier verdict is taken as a double click or held key."""


class ReviewError(MMABenchError):
    """A request was refused and changed nothing; the message is shown to the annotator."""


class StaleDecisionError(ReviewError):
    """An outdated page sent a decision or a draft for a clip other than the current one."""


@dataclass(frozen=True)
class ReviewProgress:
    """Counts of the clips in all splits under review."""

    total: int
    passed: int
    failed: int
    set_aside: int
    """Undecided clips whose file is missing or does not play."""

    @property
    def decided(self) -> int:
        """Number of clips with a verdict."""
        return self.passed + self.failed

    @property
    def left(self) -> int:
        """Number of playable clips still to be decided."""
        return self.total - self.decided - self.set_aside


@dataclass(frozen=True)
class ReviewSession:
    """A ballot and the order in which its clips are shown. Immutable: every change returns a new session."""

    ballot: Ballot
    order: tuple[str, ...]
    """Ids of all clips under review, in the order in which they are shown."""
    askable: frozenset[str]
    """Ids of the clips whose file plays; the others stay undecided."""
    undone: str | None = None
    """Id of the clip whose decision was undone; it is shown again before any other."""

    @property
    def current(self) -> str | None:
        """Id of the current clip, which is to be decided next; None if all playable clips are decided."""
        if self.undone in self.askable:
            return self.undone
        return next((c for c in self.order if c in self.askable and not self.ballot.vote(c).verdict), None)

    @property
    def progress(self) -> ReviewProgress:
        """Counts of the decided and the unplayable clips."""
        verdicts = [self.ballot.vote(clip_id).verdict for clip_id in self.order]
        return ReviewProgress(len(verdicts), verdicts.count("pass"), verdicts.count("fail"), len(self.unplayable))

    def decide(
        self,
        clip_id: str,
        verdict: Verdict,
        broken: Collection[str],
        note: str,
        *,
        now: datetime,
        seconds: float | None,
    ) -> ReviewSession:
        """Return the session after a decision.

        Args:
            clip_id: the clip that was on the page when the decision was made.
            verdict: "pass" or "fail".
            broken: names of the criteria that are not met.
            note: the annotator's note; surrounding whitespace is stripped.
            now: the time of the decision.
            seconds: seconds since the clip appeared; None if unknown.

        Raises:
            StaleDecisionError: `clip_id` is not the current clip.
            ReviewError: the verdict contradicts the criteria and the note.
        """
        self._require_current(clip_id)
        number = 1 + max(self._decisions().values(), default=0)
        holds = {name: name not in broken for name in CRITERIA}
        when = now.astimezone(UTC).isoformat(timespec="seconds")
        took = None if seconds is None else round(seconds, 2)
        try:
            vote = Vote(verdict, **holds, note=note.strip(), decision=number, decided=when, seconds=took)
        except ValueError as error:
            text = str(error)
            raise ReviewError(f"{text[0].upper()}{text[1:]}.") from error
        return replace(self, ballot=self.ballot.with_vote(clip_id, vote), undone=None)

    def undo(self) -> ReviewSession:
        """Return the session without the last decision, whose marks and note become a draft.

        Raises:
            ReviewError: there is no decision, or its clip cannot be shown any more.
        """
        decisions = self._decisions()
        if not decisions:
            raise ReviewError("There is no decision to undo.")
        clip_id = max(decisions, key=decisions.__getitem__)
        if clip_id not in self.askable:
            raise ReviewError(f"The last decision cannot be undone, because its clip, {clip_id}, does not play now.")
        vote = self.ballot.vote(clip_id)
        return replace(self, ballot=self.ballot.with_vote(clip_id, _draft(vote.broken, vote.note)), undone=clip_id)

    def drafted(self, clip_id: str, broken: Collection[str], note: str) -> ReviewSession:
        """Return the session with a draft vote on the current clip; raise a `StaleDecisionError` for any other clip."""
        self._require_current(clip_id)
        return replace(self, ballot=self.ballot.with_vote(clip_id, _draft(broken, note)))

    def without(self, clip_id: str) -> ReviewSession:
        """Return the session without a clip that does not play; the clip stays undecided."""
        return replace(self, askable=self.askable - {clip_id})

    @property
    def unplayable(self) -> list[ManifestClip]:
        """The clips that stay undecided because their file is missing or does not play."""
        ballot = self.ballot
        return [c for c in ballot.reviewed if c.clip_id not in self.askable and not ballot.vote(c.clip_id).verdict]

    def _decisions(self) -> dict[str, int]:
        votes = ((clip_id, self.ballot.vote(clip_id)) for clip_id in self.order)
        return {clip_id: vote.decision for clip_id, vote in votes if vote.decision is not None}

    def _require_current(self, clip_id: str) -> None:
        if clip_id != self.current:
            raise StaleDecisionError(
                "Nothing was changed: this page lagged behind the review. It now shows the current clip."
            )


def begin_session(ballot: Ballot, askable: Iterable[str]) -> ReviewSession:
    """Start or resume an annotator's session; each annotator sees the clips in a different order.

    Sorting by digest makes the order independent of the Python version and of which clips have a file.
    """

    def place(clip_id: str) -> bytes:
        return hashlib.sha256(f"{ballot.annotator}\0{ballot.clips_sha256}\0{clip_id}".encode()).digest()

    order = tuple(sorted((clip.clip_id for clip in ballot.reviewed), key=place))
    return ReviewSession(ballot, order, frozenset(askable) & frozenset(order))


def _draft(broken: Collection[str], note: str) -> Vote:
    marks: dict[str, Json] = {name: False for name in CRITERIA if name in broken}
    return Vote(**marks, note=note)


class SavedReview:
    """An annotator's session that saves its decisions and drafts to a file. Thread-safe.

    Every method that saves raises a `StorageError`, and changes nothing, if the file cannot be written.
    """

    def __init__(self, session: ReviewSession, path: Path) -> None:
        self.path = path
        self._session = session
        self._lock = threading.Lock()
        self._appeared: tuple[str | None, float] = (None, 0.0)

    def save(self) -> None:
        """Write the session to the file."""
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
        """Save a decision on a clip; errors as in `ReviewSession.decide`, and a `ReviewError` if it comes too early."""
        with self._lock:
            shown, since = self._appeared
            # A page left open from an earlier run may decide on a clip that this process has not shown yet.
            seconds = time.monotonic() - since if shown == clip_id else None
            if seconds is not None and seconds < LEAST_SECONDS:
                raise ReviewError(
                    f"Verdict not counted, because it came only {seconds:.1f} s after this clip appeared: press again."
                )
            now = datetime.now(UTC)
            self._save(self._session.decide(clip_id, verdict, broken, note, now=now, seconds=seconds))

    def undo(self) -> None:
        """Undo the last decision and save; errors as in `ReviewSession.undo`."""
        with self._lock:
            self._save(self._session.undo())

    def draft(self, clip_id: str, broken: Collection[str], note: str) -> None:
        """Save the marks and the note as a draft; errors as in `ReviewSession.drafted`."""
        with self._lock:
            self._save(self._session.drafted(clip_id, broken, note))

    def set_aside(self, clip_id: str) -> None:
        """Skip a clip that does not play. This is not saved, so the clip is shown again in the next session."""
        with self._lock:
            self._session = self._session.without(clip_id)

    def _save(self, changed: ReviewSession) -> None:
        write_ballot(self.path, changed.ballot)
        self._session = changed
