"""What a report says about attention, of the runs that kept it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mma_eval.report.attention.answers import deciding_gallery, token_gallery
from mma_eval.report.attention.following import change_table, following_table
from mma_eval.report.attention.galleries import head_gallery, layer_gallery
from mma_eval.report.attention.runs import Measured, measured_of
from mma_eval.report.attention.tables import share_tables
from mma_eval.report.page import AttentionPart
from mma_eval.report.runs import Run


def attention_of(
    runs: Sequence[Run], pairs: Sequence[tuple[Run, Run]], *, key: str, comparable: bool
) -> AttentionPart | None:
    """The part about attention, read from the run folders.

    Args:
        runs: on one dataset; those that kept no attention are passed over.
        pairs: of runs to set against each other, base and tuned.
        key: begins the names of the pictures' files.
        comparable: whether the clips are recordings, as the paper's.

    Raises:
        MMABenchError: files that cannot be read.
    """
    measured = {run.name: found for run in runs if (found := measured_of(run)) is not None}
    both = [(measured[a.name], measured[b.name]) for a, b in pairs if a.name in measured and b.name in measured]
    return attention_part(list(measured.values()), both, key=key, comparable=comparable)


def attention_part(
    runs: Sequence[Measured], pairs: Sequence[tuple[Measured, Measured]] = (), *, key: str, comparable: bool
) -> AttentionPart | None:
    """Tables and pictures of attention; None where there is nothing. Arguments as of `attention_of`."""
    if not runs:
        return None
    # Layers of models of different depth are not the same.
    pairs = [(base, replace(tuned, tuned=True)) for base, tuned in pairs if base.shape == tuned.shape]
    tuned = {run.name: run for _, run in pairs}
    runs = [tuned.get(run.name, run) for run in runs]
    tables = [*share_tables(runs, comparable=comparable), following_table(runs), change_table(runs, pairs)]
    galleries = [
        layer_gallery(list(_groups(runs, pairs)), key),
        head_gallery(runs, key),
        token_gallery(runs, key),
        deciding_gallery(runs, key),
    ]
    return AttentionPart(
        [table for table in tables if table is not None and table.rows],
        [gallery for gallery in galleries if gallery.pictures],
    )


def _groups(runs: Sequence[Measured], pairs: Sequence[tuple[Measured, Measured]]) -> Iterator[Sequence[Measured]]:
    paired = {run.name for pair in pairs for run in pair}
    yield from pairs
    yield from ([run] for run in runs if run.name not in paired)
