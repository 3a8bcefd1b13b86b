"""Estimate the rows and bytes of a build without writing it (`build --dry-run`)."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.benchmark.prompts import LongContext
from mma_bench.builder.build import choose_clips, preparation
from mma_bench.builder.options import BuildOptions
from mma_bench.builder.planning import plan_of, read_published_plan
from mma_bench.builder.prepare import prepare
from mma_bench.builder.rows import ClipTask, rows_of_clip
from mma_bench.core.errors import ClipError
from mma_bench.sources.clips import Listing, PreparedClip, SourceClip

_SAMPLE = 4
"""Number of clips per split whose rows are rendered to measure their size."""


@dataclass(frozen=True)
class BuildEstimate:
    """Estimated rows (by condition and split) and bytes (by condition) of a build."""

    clips: int
    classes: int
    rows: Mapping[str, Mapping[str, int]]
    bytes: Mapping[str, int]
    measured: int
    """Number of clips from which the sizes were estimated."""
    dropped: int
    """Number of clips that are known to be unusable before they are read."""


def estimate(options: BuildOptions) -> BuildEstimate:
    """Count the rows that a build would plan if every clip were usable, and estimate their size from a few clips.

    Raises:
        OptionsError, SourceError, PairingError: for the same reasons as `build`.
    """
    published = read_published_plan(options.plan) if options.plan is not None else None
    options = options.following(published.options) if published else options
    listing, chosen = choose_clips(options, published)
    clips = {c.clip_id: c for c in chosen}
    rows = plan_of(clips, options, published, names_validation=listing.names_validation).rows
    sizes, measured = _row_sizes(rows, listing, chosen, options)
    counts: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for row in rows:
        counts.setdefault(row.condition, Counter())[row.split] += 1
        total[row.condition] += sizes.get((row.condition, row.split), 0)
    return BuildEstimate(
        clips=len({r.clip_id for r in rows}),
        classes=len({r.visual_class for r in rows}),
        rows=counts,
        bytes=total,
        measured=measured,
        dropped=len(listing.dropped),
    )


def _row_sizes(
    rows: Sequence[PlannedRow], listing: Listing, chosen: Sequence[SourceClip], options: BuildOptions
) -> tuple[Mapping[tuple[str, str], int], int]:
    """Return the mean size of a row in bytes, by condition and split, and the number of clips measured."""
    sizes: dict[tuple[str, str], list[int]] = {}
    measured = 0
    with tempfile.TemporaryDirectory() as folder:
        for split in dict.fromkeys(row.split for row in rows):
            planned: dict[str, list[PlannedRow]] = {}
            for row in rows:
                if row.split == split:
                    planned.setdefault(row.clip_id, []).append(row)
            candidates = [c for c in chosen if c.clip_id in planned]
            candidates = random.Random(0).sample(candidates, len(candidates))  # neighbours are often similar
            for clip in islice(_usable(candidates, listing, options, Path(folder)), _SAMPLE):
                measured += 1
                of_clip = planned[clip.clip_id]
                donors = {row.donor_id: clip for row in of_clip if row.donor_id is not None}
                for made in rows_of_clip(ClipTask(clip, of_clip, donors, Questions((), LongContext(tokens=1)))):
                    sizes.setdefault((made.condition, split), []).append(len(made.video) + len(made.audio))
    return {key: sum(of) // len(of) for key, of in sizes.items()}, measured


def _usable(
    clips: Iterable[SourceClip], listing: Listing, options: BuildOptions, folder: Path
) -> Iterator[PreparedClip]:
    for clip in clips:
        with suppress(ClipError):
            yield prepare(preparation(clip, listing, options, folder))
