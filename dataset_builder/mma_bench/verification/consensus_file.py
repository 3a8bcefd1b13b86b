"""verified.parquet: the manifest of what both annotators passed; beside it the clips on which they differ."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import write_text
from mma_bench.manifest.funnel import funnel_of
from mma_bench.manifest.manifest import read_clips, write_manifest
from mma_bench.verification.consensus import Consensus, Undecided, reach_consensus
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.votes import Vote, read_ballot

NOTE = "consensus"
"""What the notes of a verified manifest keep it under."""

_VOTE = ("annotator", "verdict", "fails", "note")
COLUMNS = ("id", "class", "split", *(f"{whose}_{name}" for whose in ("first", "second") for name in _VOTE))
"""Of the table of split votes; `fails` names the criteria that do not hold."""


def consensus_of(first: Path, second: Path, *, undecided: Undecided = "refuse") -> Consensus:
    """The consensus of two files of votes, such as `mma-bench review` writes.

    Args:
        first: of the one annotator.
        second: of the other.
        undecided: what is done where one of them did not vote on a clip.

    Raises:
        SourceError: one of them cannot be read.
        OptionsError: they are not the votes of two people on the same clips, or clips are undecided.
    """
    if undecided not in get_args(Undecided):
        raise OptionsError(f"--undecided {undecided}: expected {' or '.join(get_args(Undecided))}")
    ballots = read_ballot(first), read_ballot(second)
    return reach_consensus(*ballots, funnel_of(ballots[0].manifest, first), undecided=undecided)


def write_consensus(consensus: Consensus, out: Path) -> Sequence[Path]:
    """Write the manifest of the clips that are left, and the table of split votes; the same votes give the same bytes.

    Nobody's name is in the manifest, which is published with a dataset that is built of it; the table has both.

    Args:
        consensus: what two annotators agree on.
        out: the manifest, NAME.parquet; NAME.split_votes.csv is beside it.

    Returns:
        Both files, the manifest first.

    Raises:
        OptionsError: `out` is another kind of file, such as the votes of one of the two.
        StorageError: the disk is full or not ours to write.
    """
    _require_replaceable(out)
    table = out.with_suffix(".split_votes.csv")
    write_text(table, _split_votes(consensus))
    notes = {**consensus.manifest.notes, "funnel": consensus.funnel.as_json(), NOTE: consensus_note(consensus)}
    write_manifest(out, replace(consensus.manifest, notes=notes))
    return out, table


def consensus_note(consensus: Consensus) -> Mapping[str, Any]:
    """What is kept of a consensus, as JSON: how many judged, what came of it, how far they agreed."""
    return {
        "annotators": len(consensus.annotators),
        "splits": list(consensus.splits),
        "clips": len(consensus.judged),
        "outcomes": {split: dict(counts) for split, counts in consensus.outcomes.items()},
        "not_reviewed": dict(consensus.not_reviewed),
        "agreement": asdict(consensus.on_verdicts()),
        "criteria": {name: asdict(found) for name, found in consensus.on_criteria().items()},
        "classes": {name: asdict(found) for name, found in consensus.by_class().items()},
    }


def _require_replaceable(out: Path) -> None:
    """Decisions of people are not made twice: only what a consensus wrote is overwritten."""
    if out.suffix != ".parquet":
        raise OptionsError(f"--out {out}: expected a name that ends in .parquet, as `mma-bench build` wants it")
    if not out.exists():
        return
    try:
        file = read_clips(out)
    except SourceError:
        file = None
    # Votes on verified clips and new checks of them go on with their notes.
    if file is None or NOTE not in file.notes or {"verdict", "kept"} & set(file.columns):
        raise OptionsError(f"--out {out}: is there and is no file of verified clips; choose another name")


def _split_votes(consensus: Consensus) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    first, second = consensus.annotators
    for judged in consensus.split_votes:
        clip = judged.clip
        votes = (*_vote(first, judged.first), *_vote(second, judged.second))
        table.writerow((clip.clip_id, clip.class_name, clip.split, *votes))
    return text.getvalue()


def _vote(annotator: str, vote: Vote) -> tuple[str, str, str, str]:
    fails = " ".join(name for name in CRITERIA if vote.criteria[name] is False)
    return annotator, vote.verdict or "", fails, " ".join(vote.note.split())
