"""Find the clips that both annotators passed, and write them to a manifest (paper, appendix B.2)."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Literal, get_args

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import write_text
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import Manifest, read_clips, write_manifest
from mma_bench.verification.agreement import Agreement, agreement
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.record import ConsensusNote
from mma_bench.verification.votes import Ballot, Vote, clips_difference, read_ballot

Undecided = Literal["refuse", "discard"]
"""Treatment of clips that lack one or both votes: refuse the consensus, or discard the clips."""

Outcome = Literal["both_pass", "split_vote", "both_fail", "undecided"]
OUTCOMES: Mapping[Outcome, str] = {
    "both_pass": "both passed",
    "split_vote": "split vote, discarded",
    "both_fail": "both failed",
    "undecided": "not voted on by both, discarded",
}
"""Name in tables of each outcome of two votes on a clip."""

_VOTE = ("annotator", "verdict", "fails", "note")
SPLIT_VOTE_COLUMNS = ("id", "class", "split", *(f"{whose}_{name}" for whose in ("first", "second") for name in _VOTE))
"""Columns of the table of split votes; `fails` lists the criteria that are not met."""


@dataclass(frozen=True)
class ReviewedClip:
    """A clip under review, with the votes of both annotators."""

    clip: ManifestClip
    first: Vote
    second: Vote

    @property
    def outcome(self) -> Outcome:
        """Outcome of the two votes."""
        verdicts = {self.first.verdict, self.second.verdict}
        if None in verdicts:
            return "undecided"
        if len(verdicts) == 2:
            return "split_vote"
        return "both_pass" if "pass" in verdicts else "both_fail"


@dataclass(frozen=True)
class Consensus:
    """Consensus of two annotators on the clips under review."""

    annotators: tuple[str, str]
    reviewed: Sequence[ReviewedClip]
    """The clips under review, in the order of the manifest."""
    manifest: Manifest
    """The clips that both annotators passed, and all clips in splits not under review."""
    funnel: Funnel
    """The manifest's funnel, with the step "verified" added."""
    note: ConsensusNote
    """Outcomes and agreement; agreement is computed over the clips that both annotators voted on."""

    @property
    def split_votes(self) -> Sequence[ReviewedClip]:
        """The clips on which the votes differ."""
        return [reviewed for reviewed in self.reviewed if reviewed.outcome == "split_vote"]

    @property
    def median_seconds(self) -> Mapping[str, float | None]:
        """Median seconds from a clip's appearance to the decision, by annotator; None if no decision was timed."""
        votes = [j.first for j in self.reviewed], [j.second for j in self.reviewed]
        timed = ([v.seconds for v in of if v.verdict and v.seconds is not None] for of in votes)
        return {name: median(of) if of else None for name, of in zip(self.annotators, timed, strict=True)}


def consensus_of(first: Path, second: Path, *, undecided: Undecided = "refuse") -> Consensus:
    """Compute the consensus of two vote files: keep the clips that both annotators passed.

    The order of the annotators does not affect which clips are kept. Clips in splits not under review are all kept: the
    paper reviewed the evaluation list only (Table 1: 1,207 train clips before and after human verification).

    Raises:
        SourceError: a file cannot be read.
        OptionsError: the votes are not by two annotators on the same clips; or clips are undecided, and `undecided` is
            "refuse" or discarding them would leave a split empty.
    """
    if undecided not in get_args(Undecided):
        raise OptionsError(f"--undecided {undecided}: expected {' or '.join(get_args(Undecided))}")
    one, other = read_ballot(first), read_ballot(second)
    _require_comparable(one, other)
    reviewed = [ReviewedClip(c, one.vote(c.clip_id), other.vote(c.clip_id)) for c in one.reviewed]
    if any(j.outcome == "undecided" for j in reviewed):
        emptied = _emptied(reviewed)
        if undecided == "refuse":
            raise OptionsError(_open_decisions(one, other, may_discard=not emptied))
        if emptied:
            raise OptionsError(_nothing_left(one, other, emptied))
    passed = {j.clip.clip_id for j in reviewed if j.outcome == "both_pass"}
    kept = [c for c in one.manifest.clips if c.split not in one.splits or c.clip_id in passed]
    funnel = one.manifest.funnel.followed_by("verified", ((clip.split, clip.class_name) for clip in kept))
    note = _note(one.splits, reviewed, kept)
    return Consensus((one.annotator, other.annotator), reviewed, replace(one.manifest, clips=kept), funnel, note)


def _note(splits: Sequence[Split], reviewed: Sequence[ReviewedClip], kept: Sequence[ManifestClip]) -> ConsensusNote:
    outcomes = Counter((j.clip.split, j.outcome) for j in reviewed)
    voted = [j for j in reviewed if j.outcome != "undecided"]
    classes = sorted({j.clip.class_name for j in reviewed})
    of_class = {name: [j for j in voted if j.clip.class_name == name] for name in classes}
    return ConsensusNote(
        annotators=2,
        splits=tuple(splits),
        clips=len(reviewed),
        outcomes={split: {outcome: outcomes[split, outcome] for outcome in OUTCOMES} for split in splits},
        not_reviewed=dict(Counter[str](clip.split for clip in kept if clip.split not in splits)),
        agreement=_agreement(voted, _passed),
        criteria={name: _agreement(voted, attrgetter(name)) for name in CRITERIA},
        classes={name: _agreement(clips, _passed) for name, clips in of_class.items()},
    )


def _require_comparable(first: Ballot, second: Ballot) -> None:
    if first.annotator.casefold() == second.annotator.casefold():
        raise OptionsError(f"both files contain the votes of {first.annotator}; pass one by another annotator")
    if changed := clips_difference(first.manifest.clips, second.manifest.clips):
        raise OptionsError(
            f"{first.annotator} and {second.annotator} reviewed different lists of clips (in the second file: "
            f"{changed}); both must review the same checks file"
        )
    if set(first.splits) != set(second.splits):
        raise OptionsError(
            f"{first.annotator} reviewed the splits {', '.join(first.splits)}, but {second.annotator} reviewed "
            f"{', '.join(second.splits)}; both must review the same splits"
        )


def _emptied(reviewed: Sequence[ReviewedClip]) -> list[Split]:
    """List the splits with undecided clips that would be empty if those were discarded."""
    undecided = dict.fromkeys(j.clip.split for j in reviewed if j.outcome == "undecided")
    kept = {j.clip.split for j in reviewed if j.outcome == "both_pass"}
    return [split for split in undecided if split not in kept]


def _open_decisions(*ballots: Ballot, may_discard: bool) -> str:
    counts = {b.annotator: sum(b.vote(c.clip_id).verdict is None for c in b.reviewed) for b in ballots}
    open_ = {name: count for name, count in counts.items() if count}
    total = len(ballots[0].reviewed)
    missing = " and ".join(f"{count:,} of {total:,} by {name}" for name, count in open_.items())
    commands = "; ".join(f"`mma-bench review checks.parquet --annotator {name}`" for name in open_)
    discard = ". If the file of a clip is gone for good, --undecided discard drops the clip" if may_discard else ""
    return (
        f"clips are undecided: {missing}. Continue with {commands}, where checks.parquet is the reviewed file{discard}"
    )


def _nothing_left(first: Ballot, second: Ballot, splits: Sequence[Split]) -> str:
    def decided(ballot: Ballot, split: Split) -> str:
        verdicts = [ballot.vote(c.clip_id).verdict for c in ballot.reviewed if c.split == split]
        return f"{ballot.annotator} has decided {sum(v is not None for v in verdicts):,} of {len(verdicts):,}"

    found = "; ".join(f"{split}: {decided(first, split)}, {decided(second, split)}" for split in splits)
    return (
        f"--undecided discard: no clip of {' and '.join(splits)} would be left, because none was passed by "
        f"both annotators ({found}). Discard only clips whose file is gone; decide the others with `mma-bench review`"
    )


def _agreement(reviewed: Iterable[ReviewedClip], judgement: Callable[[Vote], bool | None]) -> Agreement:
    votes = [(bool(judgement(j.first)), bool(judgement(j.second))) for j in reviewed]
    return agreement([first for first, _ in votes], [second for _, second in votes])


def _passed(vote: Vote) -> bool:
    return vote.verdict == "pass"


def write_consensus(consensus: Consensus, out: Path) -> Sequence[Path]:
    """Write the manifest of the remaining clips to `out`, and the table of split votes beside it; return both paths.

    The output is deterministic. The manifest is published with a dataset and does not name the annotators; the table,
    NAME.split_votes.csv, does.

    Raises:
        OptionsError: `out` is another kind of file, such as an annotator's votes.
        StorageError: a file cannot be written.
    """
    _require_replaceable(out)
    table = out.with_suffix(".split_votes.csv")
    write_text(table, _split_votes(consensus))
    notes = consensus.manifest.notes.with_(funnel=consensus.funnel, consensus=consensus.note.as_json())
    write_manifest(out, replace(consensus.manifest, notes=notes))
    return out, table


def _require_replaceable(out: Path) -> None:
    """Refuse to overwrite any file except a consensus; human votes cannot be recreated."""
    if out.suffix != ".parquet":
        raise OptionsError(f"--out {out}: not a .parquet file; choose a name that ends in .parquet")
    if not out.exists():
        return
    try:
        file = read_clips(out)
    except SourceError:
        file = None
    # Votes on verified clips, and checks of them, also carry the note.
    if file is None or file.notes.consensus is None or {"verdict", "kept"} & set(file.columns):
        raise OptionsError(f"--out {out}: the file exists and is not a manifest of verified clips; choose another name")


def _split_votes(consensus: Consensus) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(SPLIT_VOTE_COLUMNS)
    for reviewed in consensus.split_votes:
        row = [reviewed.clip.clip_id, reviewed.clip.class_name, reviewed.clip.split]
        for annotator, vote in zip(consensus.annotators, (reviewed.first, reviewed.second), strict=True):
            row += [annotator, vote.verdict or "", " ".join(vote.broken), " ".join(vote.note.split())]
        table.writerow(row)
    return text.getvalue()
