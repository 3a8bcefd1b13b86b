"""Find the clips that two annotators both passed (appendix B.2)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from statistics import median
from typing import Literal

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import OptionsError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import Manifest
from mma_bench.verification.agreement import Agreement, agreement
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.votes import Ballot, Vote, clips_difference

Undecided = Literal["refuse", "discard"]
"""Treatment of a clip without both votes: refuse the consensus or discard the clip."""

Outcome = Literal["both_pass", "split_vote", "both_fail", "undecided"]
OUTCOMES: Mapping[Outcome, str] = {
    "both_pass": "both passed",
    "split_vote": "split vote, discarded",
    "both_fail": "both failed",
    "undecided": "not voted on by both, discarded",
}
"""Outcome of two votes on a clip, and its name in tables."""


@dataclass(frozen=True)
class ReviewedClip:
    """A clip under review with both votes."""

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
    """Consensus of two annotators' votes."""

    annotators: tuple[str, str]
    splits: tuple[Split, ...]
    """Splits under review."""
    reviewed: Sequence[ReviewedClip]
    """The clips of these splits, in the order of the manifest."""
    manifest: Manifest
    """The clips that both passed, and all clips of other splits."""
    funnel: Funnel
    """The funnel, with the step "verified"."""

    @property
    def voted(self) -> Sequence[ReviewedClip]:
        """The clips that both voted on; agreement is computed over these."""
        return [reviewed for reviewed in self.reviewed if reviewed.outcome != "undecided"]

    @property
    def split_votes(self) -> Sequence[ReviewedClip]:
        """The clips on which the votes differ."""
        return [reviewed for reviewed in self.reviewed if reviewed.outcome == "split_vote"]

    @property
    def outcomes(self) -> Mapping[Split, Mapping[Outcome, int]]:
        """Number of clips by split under review and outcome."""
        counts = Counter((reviewed.clip.split, reviewed.outcome) for reviewed in self.reviewed)
        return {split: {outcome: counts[split, outcome] for outcome in OUTCOMES} for split in self.splits}

    @property
    def not_reviewed(self) -> Mapping[Split, int]:
        """Number of clips by split for splits not under review; these clips pass through."""
        return dict(Counter(clip.split for clip in self.manifest.clips if clip.split not in self.splits))

    @property
    def median_seconds(self) -> Mapping[str, float | None]:
        """Median seconds from a clip's appearance to the decision, by annotator; None if no decision was timed."""
        votes = [j.first for j in self.reviewed], [j.second for j in self.reviewed]
        timed = ([v.seconds for v in of if v.verdict and v.seconds is not None] for of in votes)
        return {name: median(of) if of else None for name, of in zip(self.annotators, timed, strict=True)}

    def on_verdicts(self) -> Agreement:
        """Compute the agreement on pass and fail."""
        return _agreement(self.voted, _passed)

    def on_criteria(self) -> Mapping[str, Agreement]:
        """Compute the agreement on each criterion, by its name."""
        return {name: _agreement(self.voted, attrgetter(name)) for name in CRITERIA}

    def by_class(self) -> Mapping[str, Agreement]:
        """Compute the agreement on pass and fail in each class."""
        names = sorted({reviewed.clip.class_name for reviewed in self.reviewed})
        return {name: _agreement([j for j in self.voted if j.clip.class_name == name], _passed) for name in names}


def reach_consensus(first: Ballot, second: Ballot, funnel: Funnel, *, undecided: Undecided = "refuse") -> Consensus:
    """Keep the clips that both annotators passed; a split vote discards a clip.

    The order of the annotators does not change what is kept. Clips of splits that were not under review pass through:
    the paper reviewed the evaluation list only (Table 1: 1,207 train clips before and after human verification).
    `funnel` is the funnel up to the checks of these clips.

    Raises:
        OptionsError: the votes are not by two annotators on the same clips; or clips are undecided, which is refused
            or would leave a split empty.
    """
    _require_comparable(first, second)
    reviewed = [ReviewedClip(c, first.vote(c.clip_id), second.vote(c.clip_id)) for c in first.reviewed]
    if any(j.outcome == "undecided" for j in reviewed):
        emptied = _emptied(reviewed)
        if undecided == "refuse":
            raise OptionsError(_open_decisions(first, second, may_discard=not emptied))
        if emptied:
            raise OptionsError(_nothing_left(first, second, emptied))
    passed = {j.clip.clip_id for j in reviewed if j.outcome == "both_pass"}
    kept = [c for c in first.manifest.clips if c.split not in first.splits or c.clip_id in passed]
    return Consensus(
        annotators=(first.annotator, second.annotator),
        splits=first.splits,
        reviewed=reviewed,
        manifest=replace(first.manifest, clips=kept),
        funnel=funnel.followed_by("verified", ((clip.split, clip.class_name) for clip in kept)),
    )


def _require_comparable(first: Ballot, second: Ballot) -> None:
    if first.annotator.casefold() == second.annotator.casefold():
        raise OptionsError(f"both files are the votes of {first.annotator}; a consensus needs two annotators")
    if changed := clips_difference(first.manifest.clips, second.manifest.clips):
        raise OptionsError(
            f"{first.annotator} and {second.annotator} reviewed different clips: {changed} in the second file; both "
            "must review the same checks file"
        )
    if set(first.splits) != set(second.splits):
        raise OptionsError(
            f"{first.annotator} reviewed the splits {', '.join(first.splits)}, but {second.annotator} reviewed "
            f"{', '.join(second.splits)}; both must review the same splits"
        )


def _emptied(reviewed: Sequence[ReviewedClip]) -> list[Split]:
    """List the splits that discarding undecided clips would empty. A split that annotators failed entirely is valid."""
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
        f"--undecided discard: no clip of {' and '.join(splits)} would be left, because none was passed by both "
        f"({found}). Use it only for clips whose file is gone; decide the others with `mma-bench review`"
    )


def _agreement(reviewed: Iterable[ReviewedClip], judgement: Callable[[Vote], bool | None]) -> Agreement:
    votes = [(bool(judgement(j.first)), bool(judgement(j.second))) for j in reviewed]
    return agreement([first for first, _ in votes], [second for _, second in votes])


def _passed(vote: Vote) -> bool:
    return vote.verdict == "pass"
