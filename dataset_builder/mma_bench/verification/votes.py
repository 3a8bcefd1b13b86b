"""Read and write an annotator's vote file: a manifest with a vote for each clip."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa

from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import SourceError
from mma_bench.core.records import Items, Json, Record, Text
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, read_clips, write_clips
from mma_bench.verification.criteria import CRITERIA

Verdict = Literal["pass", "fail"]

_COLUMNS = pa.schema(
    [
        ("verdict", pa.string()),
        *((name, pa.bool_()) for name in CRITERIA),
        ("note", pa.string()),
        ("decision", pa.int64()),
        ("decided", pa.string()),
        ("seconds", pa.float64()),
    ]
)


class ReviewNote(Record):
    """The `review` note of a vote file."""

    annotator: Text
    splits: Items[Text]
    """Splits under review."""
    clips_sha256: Text | None = None
    """Digest of the clips, as in `Ballot.clips_sha256`."""
    criteria: Json = None
    """Text of each criterion, by name."""


@dataclass(frozen=True, slots=True)
class Vote:
    """An annotator's vote on one clip; a vote without a verdict is a draft.

    Raises:
        ValueError: the verdict contradicts the criteria and the note; the message is shown to the annotator.
    """

    verdict: Verdict | None = None
    object_visible: bool | None = None
    """True if this criterion is met, None if undecided; the same applies to the next two fields."""
    clean_sound: bool | None = None
    visible_action: bool | None = None
    note: str = ""
    decision: int | None = None
    """Position in the order of decisions, from 1; undone decisions are not counted."""
    decided: str | None = None
    """Time of the decision in UTC, ISO 8601."""
    seconds: float | None = None
    """Seconds from the clip's appearance to the decision."""

    def __post_init__(self) -> None:
        if self.verdict is None:
            return
        if self.verdict not in ("pass", "fail"):
            raise ValueError(f"verdict {self.verdict!r} is unknown; expected pass or fail")
        if undecided := [name for name, holds in self.criteria.items() if holds is None]:
            missing = f"verdict {self.verdict!r} with {', '.join(undecided)} null"
            raise ValueError(f"{missing}; expected true or false for each criterion")
        broken = [CRITERIA[name].broken.lower() for name in self.broken]
        if self.verdict == "pass" and broken:
            marked = " and ".join(filter(None, (", ".join(broken[:-1]), broken[-1])))
            raise ValueError(f"pass needs all three criteria to hold, but these are marked: {marked}")
        if self.verdict == "fail" and not broken and not self.note.strip():
            raise ValueError("fail needs a reason: mark what is wrong, or write a note")

    @property
    def criteria(self) -> Mapping[str, bool | None]:
        """Judgement of each criterion, by name: True if it is met, None if undecided."""
        return {name: getattr(self, name) for name in CRITERIA}

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the criteria that are not met."""
        return tuple(name for name, holds in self.criteria.items() if holds is False)


@dataclass(frozen=True)
class Ballot:
    """The votes of one annotator on the clips of a manifest."""

    annotator: str
    manifest: Manifest
    """All clips of the manifest, in its order, and its notes."""
    splits: tuple[Split, ...] = ("test",)
    """Splits under review; other clips need no vote. The paper's annotators saw the evaluation list only (Table 1)."""
    votes: Mapping[str, Vote] = field(default_factory=dict)
    """Votes by clip id; clips without a vote are undecided."""

    @property
    def clips_sha256(self) -> str:
        """SHA-256 of the ids, classes, splits and times of all clips; votes are comparable only if it is equal."""
        return hashlib.sha256(json.dumps([_reviewed(clip) for clip in self.manifest.clips]).encode()).hexdigest()

    @property
    def reviewed(self) -> tuple[ManifestClip, ...]:
        """The clips under review."""
        return tuple(clip for clip in self.manifest.clips if clip.split in self.splits)

    def vote(self, clip_id: str) -> Vote:
        """Return the vote on a clip; an empty vote if there is none."""
        return self.votes.get(clip_id, Vote())

    def with_vote(self, clip_id: str, vote: Vote) -> Ballot:
        """Return a copy in which the vote on one clip is replaced."""
        return replace(self, votes={**self.votes, clip_id: vote})


def write_ballot(path: Path, ballot: Ballot) -> None:
    """Write the votes to a file atomically; they are on disk when this function returns.

    Raises:
        SourceError: two clips have the same id.
        StorageError: the file cannot be written.
    """
    note = ReviewNote(
        annotator=ballot.annotator,
        splits=ballot.splits,
        clips_sha256=ballot.clips_sha256,
        criteria={name: criterion.meaning for name, criterion in CRITERIA.items()},
    )
    clips, notes = ballot.manifest.clips, ballot.manifest.notes.with_(review=note.as_json())
    votes = [ballot.vote(clip.clip_id) for clip in clips]
    write_clips(path, clips, notes, _COLUMNS, {name: [getattr(v, name) for v in votes] for name in _COLUMNS.names})


def read_ballot(path: Path) -> Ballot:
    """Read a vote file.

    Raises:
        SourceError: the file or one of its rows is invalid; the message says why.
    """
    file = read_clips(path, _COLUMNS, made_by="mma-bench review")
    where = f"{path}: note `review`"
    note = ReviewNote.from_json(file.notes.review, where=where, made_by="mma-bench review", error=SourceError)
    splits = tuple(split for name in note.splits for split in SPLITS if split == name)
    if len(splits) != len(note.splits) or not splits:
        raise SourceError(
            f"{path}: splits under review: {', '.join(note.splits) or 'none'}; expected one or more of "
            f"{', '.join(SPLITS)}, without duplicates"
        )
    rows = (dict(zip(file.values, row, strict=True)) for row in zip(*file.values.values(), strict=True))
    votes = {clip.clip_id: _vote(row, path, k) for k, (clip, row) in enumerate(zip(file.clips, rows, strict=True))}
    decisions = [vote.decision for vote in votes.values() if vote.decision is not None]
    if len(set(decisions)) < len(decisions):
        twice = next(number for number in decisions if decisions.count(number) > 1)
        raise SourceError(f"{path}: column `decision` has {twice} more than once; restore the file from a backup")
    return Ballot(note.annotator, Manifest(file.clips, file.notes.without("review")), splits, votes)


def holds_votes(manifest: Manifest) -> bool:
    """Return whether a manifest was read from a vote file."""
    return manifest.notes.review is not None


def _vote(row: Mapping[str, Json], path: Path, index: int) -> Vote:
    try:
        vote = Vote(**{**row, "note": row["note"] or ""})
    except ValueError as error:
        raise SourceError(f"{path} row {index}: {error}") from error
    if (vote.verdict is None) != (vote.decision is None):
        raise SourceError(
            f"{path} row {index}: verdict {vote.verdict!r} with decision {vote.decision}; expected both or neither to "
            "be null"
        )
    return vote


def clips_difference(before: Sequence[ManifestClip], after: Sequence[ManifestClip]) -> str:
    """Describe how two lists of clips differ; empty if equal. A clip whose class changed counts as another clip.

    >>> bird, cat = (ManifestClip(name, name, "test", 0, 10, url="http://a/b") for name in ("Bird", "Cat"))
    >>> clips_difference([bird], [bird, cat])
    '1 added (Cat), 0 removed'
    """
    old, new = [_reviewed(clip) for clip in before], [_reviewed(clip) for clip in after]
    if old == new:
        return ""
    added, removed = ([clip for clip in those if clip not in set(others)] for those, others in ((new, old), (old, new)))
    if not added and not removed:
        return "the same clips in another order"
    return f"{_counted(added, 'added')}, {_counted(removed, 'removed')}"


def _reviewed(clip: ManifestClip) -> tuple[str, str, str, float, float]:
    return clip.clip_id, clip.class_name, clip.split, float(clip.start_seconds), float(clip.end_seconds)


def _counted(clips: Sequence[tuple[str, str, str, float, float]], what: str) -> str:
    named = ", ".join(name for name, *_ in clips[:3]) + (", ..." if len(clips) > 3 else "")
    return f"{len(clips):,} {what} ({named})" if clips else f"0 {what}"
