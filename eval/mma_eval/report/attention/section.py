"""Assemble the report's attention section."""

from collections.abc import Sequence
from dataclasses import replace

from mma_eval.report.attention.galleries import deciding_gallery, head_gallery, layer_gallery, token_gallery
from mma_eval.report.attention.measured import Measured, measured_of
from mma_eval.report.attention.tables import change_table, following_table, share_tables
from mma_eval.report.page import AttentionSection
from mma_eval.report.runs import Run


def read_attention_section(
    runs: Sequence[Run], pairs: Sequence[tuple[Run, Run]], *, key: str, comparable: bool
) -> AttentionSection | None:
    """Read the attention of runs on one dataset and assemble the section; return None if no run stored attention.

    `pairs` lists the base and tuned runs to compare. `key` begins the pictures' file names, and `comparable` is True if
    the clips are recordings, as in the paper.

    Raises:
        MMABenchError: a file cannot be read.
    """
    measured = {run.name: found for run in runs if (found := measured_of(run)) is not None}
    both = [(measured[a.name], measured[b.name]) for a, b in pairs if a.name in measured and b.name in measured]
    return make_attention_section(list(measured.values()), both, key=key, comparable=comparable)


def make_attention_section(
    runs: Sequence[Measured], pairs: Sequence[tuple[Measured, Measured]] = (), *, key: str, comparable: bool
) -> AttentionSection | None:
    """Assemble attention tables and pictures, or None without runs; arguments as in `read_attention_section`."""
    if not runs:
        return None
    # Layers of models with different depths do not correspond.
    shapes = {run.name: run.answers[0].shares.shape for run in runs}
    pairs = [(base, replace(tuned, tuned=True)) for base, tuned in pairs if shapes[base.name] == shapes[tuned.name]]
    tuned = {run.name: run for _, run in pairs}
    runs = [tuned.get(run.name, run) for run in runs]
    paired = {run.name for pair in pairs for run in pair}
    tables = [*share_tables(runs, comparable=comparable), following_table(runs), change_table(runs, pairs)]
    galleries = [
        layer_gallery([*pairs, *([run] for run in runs if run.name not in paired)], key),
        head_gallery(runs, key),
        token_gallery(runs, key),
        deciding_gallery(runs, key),
    ]
    return AttentionSection(
        [table for table in tables if table is not None and table.rows],
        [gallery for gallery in galleries if gallery.pictures],
    )
