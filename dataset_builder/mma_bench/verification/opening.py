"""Open a review: start a new session, or resume the one in the vote file."""

from dataclasses import replace

from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.manifest import read_manifest
from mma_bench.verification.options import ReviewOptions
from mma_bench.verification.session import ReviewSession, begin_session
from mma_bench.verification.votes import Ballot, clips_difference, holds_votes, read_ballot


def open_session(options: ReviewOptions) -> ReviewSession:
    """Start an annotator's session, or resume it where it stopped.

    Raises:
        SourceError: a file cannot be read or is of the wrong kind, or no clip can be shown.
        OptionsError: the existing votes are another annotator's, on other clips, or on splits that are not selected.
    """
    ballot = _ballot(options)
    if not options.clips.is_dir():
        raise SourceError(
            f"--clips {options.clips}: no such folder; check the path, or download the clips with "
            f"`mma-bench fetch {options.checks} --out {options.clips}`"
        )
    there = [clip.clip_id for clip in ballot.reviewed if (options.clips / clip.file).is_file()]
    if not there:
        raise SourceError(
            f"--clips {options.clips}: contains none of the {len(ballot.reviewed):,} clips under review, such as "
            f"{ballot.reviewed[0].file}; fill it with `mma-bench fetch {options.checks} --out {options.clips}`"
        )
    return begin_session(ballot, there)


def _ballot(options: ReviewOptions) -> Ballot:
    manifest = read_manifest(options.checks)
    if holds_votes(manifest):
        raise SourceError(f"{options.checks}: is a vote file; pass the file to review, such as checks.parquet")
    blank = Ballot(options.annotator, manifest, options.splits or Ballot.splits)
    ballot = _continued(read_ballot(options.votes), blank, options) if options.votes.exists() else blank
    if not ballot.reviewed:
        found = ", ".join(dict.fromkeys(clip.split for clip in manifest.clips))
        raise OptionsError(
            f"--split {' '.join(ballot.splits)}: matches no clip in {options.checks}; available: {found}"
        )
    return ballot


def require_own(ballot: Ballot, options: ReviewOptions) -> None:
    """Raise an `OptionsError` if the existing votes are another annotator's."""
    if ballot.annotator != options.annotator:
        raise OptionsError(
            f"{options.votes}: holds the votes of {ballot.annotator}, not of {options.annotator}; choose another --out "
            f"or pass --annotator {ballot.annotator}"
        )


def _continued(before: Ballot, blank: Ballot, options: ReviewOptions) -> Ballot:
    require_own(before, options)
    if changed := clips_difference(before.manifest.clips, blank.manifest.clips):
        raise OptionsError(
            f"{options.votes}: the voted clips differ from those in {options.checks} now: {changed}. "
            "Pass the file that was reviewed, or one with the same clips, or start a new review with another --out"
        )
    splits = options.splits or before.splits
    lost = [c for c in before.manifest.clips if before.vote(c.clip_id).verdict and c.split not in splits]
    if lost:
        raise OptionsError(
            f"--split {' '.join(splits)}: {options.votes} has {len(lost):,} votes on clips in other splits; keep them "
            f"with {' '.join(f'--split {split}' for split in dict.fromkeys([*before.splits, *splits]))}"
        )
    return replace(blank, splits=splits, votes=before.votes)
