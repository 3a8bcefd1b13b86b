"""From clips to planned rows: by a plan of our own, or by a published one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mma_bench.benchmark.plan import PlannedRow, plan_rows
from mma_bench.benchmark.splits import with_validation
from mma_bench.builder.options import BuildOptions
from mma_bench.builder.published import PublishedPlan
from mma_bench.sources.clips import PreparedClip, SourceClip


@dataclass(frozen=True)
class Planned:
    """What is to be made of a set of clips."""

    rows: Sequence[PlannedRow]
    lost: int
    """Rows of a published plan whose clip or donor is not among the clips."""
    classes: Sequence[str]


def plan_of(
    clips: Mapping[str, SourceClip | PreparedClip], options: BuildOptions, published: PublishedPlan | None
) -> Planned:
    """The rows of these clips in the wanted conditions and splits.

    Raises:
        PairingError: the classes of a split do not allow the swaps.
    """
    if published:
        wanted = [r for r in published.rows if r.condition in options.conditions and r.split in options.splits]
        rows = [r for r in wanted if r.clip_id in clips and (r.donor_id is None or r.donor_id in clips)]
        return Planned(rows, len(wanted) - len(rows), published.classes)
    class_of = {clip_id: clip.class_name for clip_id, clip in clips.items()}
    split_of = with_validation({clip_id: clip.split for clip_id, clip in clips.items()}, class_of, seed=options.seed)
    split_of = {clip_id: split for clip_id, split in split_of.items() if split in options.splits}
    rows = plan_rows(
        split_of, class_of, conditions=options.conditions, seed=options.seed, train_swaps=options.train_swaps
    )
    return Planned(rows, 0, sorted({class_of[clip_id] for clip_id in split_of}))
