"""Write verified.parquet, the manifest of the clips that both annotators passed, and the table of split votes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import write_text
from mma_bench.manifest.manifest import read_clips, write_manifest
from mma_bench.verification.consensus import Consensus, Undecided, reach_consensus
from mma_bench.verification.record import ConsensusNote
from mma_bench.verification.votes import read_ballot

_VOTE = ("annotator", "verdict", "fails", "note")
SPLIT_VOTE_COLUMNS = ("id", "class", "split", *(f"{whose}_{name}" for whose in ("first", "second") for name in _VOTE))
"""Columns of the table of split votes; `fails` lists the criteria that are not met."""


def consensus_of(first: Path, second: Path, *, undecided: Undecided = "refuse") -> Consensus:
    """Compute the consensus of two vote files written by `mma-bench review`.

    Raises:
        SourceError: a file cannot be read.
        OptionsError: the votes are not by two annotators on the same clips, or clips are undecided.
    """
    if undecided not in get_args(Undecided):
        raise OptionsError(f"--undecided {undecided}: expected {' or '.join(get_args(Undecided))}")
    ballots = read_ballot(first), read_ballot(second)
    return reach_consensus(*ballots, ballots[0].manifest.funnel, undecided=undecided)


def write_consensus(consensus: Consensus, out: Path) -> Sequence[Path]:
    """Write the manifest of the remaining clips, `out`, and the table of split votes; return both paths.

    The output is deterministic. The manifest is published with a dataset and does not name the annotators; the table,
    NAME.split_votes.csv beside it, does.

    Raises:
        OptionsError: `out` is another kind of file, such as an annotator's votes.
        StorageError: a file cannot be written.
    """
    _require_replaceable(out)
    table = out.with_suffix(".split_votes.csv")
    write_text(table, _split_votes(consensus))
    note = ConsensusNote(
        annotators=len(consensus.annotators),
        splits=consensus.splits,
        clips=len(consensus.reviewed),
        outcomes={split: {str(o): n for o, n in counts.items()} for split, counts in consensus.outcomes.items()},
        not_reviewed={str(split): n for split, n in consensus.not_reviewed.items()},
        agreement=consensus.on_verdicts(),
        criteria=dict(consensus.on_criteria()),
        classes=dict(consensus.by_class()),
    )
    notes = consensus.manifest.notes.with_(funnel=consensus.funnel, consensus=note.as_json())
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
