"""A review as it goes: which clip is next, what a decision changes. Values and functions, no files."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mma_bench.core.errors import MMABenchError
from mma_bench.manifest.manifest import ManifestClip
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.votes import Ballot, Verdict, Vote


class ReviewError(MMABenchError):
    """What was asked for changes nothing; the message is a sentence for who asked."""


class StaleDecisionError(ReviewError):
    """A decision about a clip that is not the one under review: it came from a page that lags behind."""


@dataclass(frozen=True)
class Progress:
    """How far one annotator is; clips of all splits under review."""

    total: int
    passed: int
    failed: int
    set_aside: int
    """Undecided, and they cannot be asked about: no file, or none that plays."""

    @property
    def decided(self) -> int:
        """Clips with a verdict."""
        return self.passed + self.failed

    @property
    def left(self) -> int:
        """Clips that are still to be asked about."""
        return self.total - self.decided - self.set_aside


@dataclass(frozen=True)
class ReviewSession:
    """A ballot and the order in which its clips are asked about. Every change gives a new session."""

    ballot: Ballot
    order: tuple[str, ...]
    """Ids of all clips under review."""
    askable: frozenset[str]
    """Those whose file plays; the others stay undecided."""
    undone: str | None = None
    """The clip whose decision was taken back: it is asked about again before any other."""

    @property
    def current(self) -> str | None:
        """The clip under review; None where all that can be asked about are decided."""
        if self.undone in self.askable:
            return self.undone
        return next((c for c in self.order if c in self.askable and not self.ballot.vote(c).verdict), None)

    @property
    def progress(self) -> Progress:
        """What was decided, counted."""
        verdicts = {clip_id: self.ballot.vote(clip_id).verdict for clip_id in self.order}
        found = list(verdicts.values())
        aside = sum(verdict is None and clip_id not in self.askable for clip_id, verdict in verdicts.items())
        return Progress(len(found), found.count("pass"), found.count("fail"), aside)

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
        """The session after a decision.

        Args:
            clip_id: the clip that was on the page when it was made.
            verdict: Pass or Fail.
            broken: the criteria that do not hold.
            note: anything that the annotator wrote.
            now: when.
            seconds: since the clip appeared, where that is known.

        Raises:
            StaleDecisionError: another clip is under review.
            ReviewError: the verdict does not follow from the criteria and the note.
        """
        self._require_current(clip_id)
        number = 1 + max(self._decisions().values(), default=0)
        holds = {name: name not in broken for name in CRITERIA}
        when = now.astimezone(UTC).isoformat(timespec="seconds")
        took = None if seconds is None else round(seconds, 2)
        try:
            vote = Vote(verdict, **holds, note=note.strip(), decision=number, decided=when, seconds=took)
        except ValueError as error:
            raise ReviewError(str(error)) from error
        return replace(self, ballot=self.ballot.with_vote(clip_id, vote), undone=None)

    def undo(self) -> ReviewSession:
        """The session before the last decision that stands. Its marks and its note are kept, as a draft.

        Raises:
            ReviewError: there is none, or its clip cannot be shown any more.
        """
        decisions = self._decisions()
        if not decisions:
            raise ReviewError("There is no decision to undo.")
        clip_id = max(decisions, key=lambda c: decisions[c])
        if clip_id not in self.askable:
            raise ReviewError(f"The last decision stands: the clip that it is about, {clip_id}, cannot be played now.")
        draft = _draft(self.ballot.vote(clip_id).broken, self.ballot.vote(clip_id).note)
        return replace(self, ballot=self.ballot.with_vote(clip_id, draft), undone=clip_id)

    def drafted(self, clip_id: str, broken: Collection[str], note: str) -> ReviewSession:
        """The session with what was marked and written so far about the clip under review.

        Raises:
            StaleDecisionError: another clip is under review.
        """
        self._require_current(clip_id)
        return replace(self, ballot=self.ballot.with_vote(clip_id, _draft(broken, note)))

    def without(self, clip_id: str) -> ReviewSession:
        """The session in which a clip that turned out not to play is not asked about."""
        return replace(self, askable=self.askable - {clip_id})

    def _decisions(self) -> dict[str, int]:
        votes = ((clip_id, self.ballot.vote(clip_id)) for clip_id in self.order)
        return {clip_id: vote.decision for clip_id, vote in votes if vote.decision is not None}

    def _require_current(self, clip_id: str) -> None:
        if clip_id != self.current:
            raise StaleDecisionError(
                "Nothing was changed: this page lagged behind, and another clip is under review. Here it is."
            )


def begin_session(ballot: Ballot, askable: Iterable[str]) -> ReviewSession:
    """The session of an annotator who begins, or goes on."""
    order = review_order(ballot.reviewed, ballot.annotator, ballot.clips_sha256)
    return ReviewSession(ballot, order, frozenset(askable) & frozenset(order))


def review_order(clips: Iterable[ManifestClip], annotator: str, clips_sha256: str) -> tuple[str, ...]:
    """Ids of the clips, shuffled: the same for an annotator and these clips at any time, another for anybody else.

    By digests, so that neither the Python version nor which clips come along changes who comes before whom.
    """

    def place(clip_id: str) -> bytes:
        return hashlib.sha256(f"{annotator}\0{clips_sha256}\0{clip_id}".encode()).digest()

    return tuple(sorted((clip.clip_id for clip in clips), key=place))


def _draft(broken: Collection[str], note: str) -> Vote:
    marks: dict[str, Any] = {name: False for name in CRITERIA if name in broken}
    return Vote(**marks, note=note)
