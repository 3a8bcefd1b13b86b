"""What one annotator decided, as a file: a manifest with a vote beside each clip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.manifest import Manifest, ManifestClip, read_clips, write_clips
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.reviewed import clips_sha256

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
_NOTES = "review"
_ANNOTATOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Vote:
    """What an annotator thinks of one clip. Without a verdict it is a draft: nothing was decided yet, or it was undone.

    Raises:
        ValueError: a verdict that its criteria and its note do not bear out; the message is a sentence for who decides.
    """

    verdict: Verdict | None = None
    object_visible: bool | None = None
    """The criterion holds; None where nothing was decided."""
    clean_sound: bool | None = None
    visible_action: bool | None = None
    note: str = ""
    decision: int | None = None
    """Counts the decisions that stand, from 1, in the order in which they were made."""
    decided: str | None = None
    """When, UTC, in ISO 8601."""
    seconds: float | None = None
    """From the clip's appearance to the decision."""

    def __post_init__(self) -> None:
        if self.verdict is None:
            return
        if self.verdict not in ("pass", "fail"):
            raise ValueError(f"verdict {self.verdict!r}; expected pass or fail")
        if any(holds is None for holds in self.criteria.values()):
            raise ValueError("A verdict says of each criterion whether it holds.")
        broken = [CRITERIA[name].broken.lower() for name in self.broken]
        if self.verdict == "pass" and broken:
            raise ValueError(f"Pass needs all three criteria to hold, and you marked: {_and(broken)}.")
        if self.verdict == "fail" and not broken and not self.note.strip():
            raise ValueError("Fail needs a reason: mark what is wrong, or write a note.")

    @property
    def criteria(self) -> Mapping[str, bool | None]:
        """Whether each criterion holds."""
        return {name: getattr(self, name) for name in CRITERIA}

    @property
    def broken(self) -> tuple[str, ...]:
        """The criteria that do not hold."""
        return tuple(name for name, holds in self.criteria.items() if holds is False)


@dataclass(frozen=True)
class Ballot:
    """The votes of one annotator on the clips of a manifest."""

    annotator: str
    manifest: Manifest
    """The clips of all splits, in the manifest's order, and its notes."""
    splits: tuple[Split, ...] = ("test",)
    """Under review; the clips of others need no vote."""
    votes: Mapping[str, Vote] = field(default_factory=dict)
    """By clip. Clips without a vote are not decided."""

    @property
    def clips_sha256(self) -> str:
        """Digest of the clips, of all splits: votes on others cannot be compared."""
        return clips_sha256(self.manifest.clips)

    @property
    def reviewed(self) -> tuple[ManifestClip, ...]:
        """The clips under review."""
        return tuple(clip for clip in self.manifest.clips if clip.split in self.splits)

    def vote(self, clip_id: str) -> Vote:
        """What was decided of a clip; an empty vote where nothing was."""
        return self.votes.get(clip_id, Vote())

    def with_vote(self, clip_id: str, vote: Vote) -> Ballot:
        """The same with another vote on one clip."""
        return replace(self, votes={**self.votes, clip_id: vote})


def checked_annotator(name: str) -> str:
    """The name, if it can be that of a file.

    Raises:
        OptionsError: it cannot.
    """
    if not _ANNOTATOR.fullmatch(name):
        raise OptionsError(
            f"--annotator {name[:60]!r}: expected letters, digits, -, _ and . only, such as anna: it names a file"
        )
    return name


def write_ballot(path: Path, ballot: Ballot) -> None:
    """Write the votes whole or not at all; once this returns they are on the disk.

    Raises:
        SourceError: two clips have one id.
        StorageError: the file cannot be written.
    """
    about = {
        "annotator": ballot.annotator,
        "splits": list(ballot.splits),
        "clips_sha256": ballot.clips_sha256,
        "criteria": {name: criterion.meaning for name, criterion in CRITERIA.items()},
    }
    clips = ballot.manifest.clips
    votes = [ballot.vote(clip.clip_id) for clip in clips]
    values = {name: [getattr(vote, name) for vote in votes] for name in _COLUMNS.names}
    write_clips(path, clips, {**ballot.manifest.notes, _NOTES: about}, _COLUMNS, values)


def read_ballot(path: Path) -> Ballot:
    """Read and check a file of votes.

    Raises:
        SourceError: it cannot be read, holds no votes, or a row's vote cannot be; the message names the row.
    """
    file = read_clips(path, _COLUMNS, made_by="mma-bench review")
    notes = {name: value for name, value in file.notes.items() if name != _NOTES}
    try:
        about = file.notes[_NOTES]
        annotator, splits = str(about["annotator"]), tuple(about["splits"])
    except (LookupError, TypeError) as error:
        raise SourceError(
            f"{path}: does not say whose votes it holds; expected a file of `mma-bench review`"
        ) from error
    if not splits or not set(splits) <= set(SPLITS):
        raise SourceError(f"{path}: under review are the splits {list(splits)}; expected some of {', '.join(SPLITS)}")
    rows = (dict(zip(file.values, row, strict=True)) for row in zip(*file.values.values(), strict=True))
    votes = {clip.clip_id: _vote(row, path, k) for k, (clip, row) in enumerate(zip(file.clips, rows, strict=True))}
    decisions = [vote.decision for vote in votes.values() if vote.decision is not None]
    if len(set(decisions)) < len(decisions):
        raise SourceError(f"{path}: two votes have one number in the column `decision`; the file was changed by hand")
    return Ballot(annotator, Manifest(file.clips, notes), splits, votes)


def holds_votes(manifest: Manifest) -> bool:
    """Whether the file that was read as a manifest is one of votes."""
    return _NOTES in manifest.notes


def _vote(row: Mapping[str, Any], path: Path, index: int) -> Vote:
    try:
        vote = Vote(**{**row, "note": row["note"] or ""})
    except ValueError as error:
        raise SourceError(f"{path} row {index}: {error}") from error
    if (vote.verdict is None) != (vote.decision is None):
        raise SourceError(f"{path} row {index}: a verdict and the number of its decision go together")
    return vote


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
