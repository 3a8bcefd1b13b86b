"""`--dry-run`: what a build would write, from its listing and a few clips."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mma_bench.builder.build import choose_clips, preparation, with_plan
from mma_bench.builder.options import BuildOptions
from mma_bench.builder.prepare import prepare
from mma_bench.clips import PreparedClip, SourceClip
from mma_bench.distractors import LongContext
from mma_bench.errors import ClipError
from mma_bench.plan import PlannedRow, Questions, plan_rows
from mma_bench.rows import rows_of_clip
from mma_bench.sources.listing import Listing
from mma_bench.splits import with_validation

_SAMPLE = 4
"""Clips per split that are really made, to measure."""


@dataclass(frozen=True)
class Estimate:
    """What would be built."""

    clips: int
    classes: int
    rows: Mapping[str, Mapping[str, int]]
    """By condition and split."""
    bytes: Mapping[str, int]
    """By condition."""
    measured: int
    """Clips that the sizes were estimated from."""
    dropped: int
    """Clips of the source that can be seen not to be usable without reading them."""


def estimate(options: BuildOptions) -> Estimate:
    """Count the rows that a build would plan if every clip were usable, and extrapolate their size.

    Raises:
        OptionsError, SourceError, PairingError: as `build` would.
    """
    options, published = with_plan(options)
    listing, chosen = choose_clips(options, published)
    there = {c.clip_id for c in chosen}
    rows: Sequence[PlannedRow] = published.rows if published else _planned(chosen, options)
    rows = [r for r in rows if r.condition in options.conditions and r.split in options.splits]
    rows = [r for r in rows if r.clip_id in there and (r.donor_id is None or r.donor_id in there)]
    sizes, measured = _row_sizes(rows, listing, chosen, options)
    counts: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for row in rows:
        counts.setdefault(row.condition, Counter())[row.split] += 1
        total[row.condition] += sizes.get((row.condition, row.split), 0)
    return Estimate(
        clips=len({r.clip_id for r in rows}),
        classes=len({r.visual_class for r in rows}),
        rows=counts,
        bytes=total,
        measured=measured,
        dropped=len(listing.dropped),
    )


def _planned(chosen: Sequence[SourceClip], options: BuildOptions) -> Sequence[PlannedRow]:
    class_of = {c.clip_id: c.class_name for c in chosen}
    split_of = with_validation({c.clip_id: c.split for c in chosen}, class_of, seed=options.seed)
    split_of = {clip: split for clip, split in split_of.items() if split in options.splits}
    return plan_rows(
        split_of, class_of, conditions=options.conditions, seed=options.seed, train_swaps=options.train_swaps
    )


def _row_sizes(
    rows: Sequence[PlannedRow], listing: Listing, chosen: Sequence[SourceClip], options: BuildOptions
) -> tuple[Mapping[tuple[str, str], int], int]:
    """Mean bytes of a row by condition and split, from rows that are really made."""
    sizes: dict[tuple[str, str], list[int]] = {}
    measured = 0
    questions = Questions((), LongContext(tokens=1))
    with tempfile.TemporaryDirectory() as folder:
        for split in dict.fromkeys(r.split for r in rows):
            of_split = [r for r in rows if r.split == split]
            in_split = {r.clip_id for r in of_split}
            candidates = [c for c in chosen if c.clip_id in in_split]
            candidates = random.Random(0).sample(candidates, len(candidates))  # neighbours are often alike
            usable = _usable(candidates, listing, options, Path(folder))
            for made in islice(usable, _SAMPLE):
                measured += 1
                planned = [r for r in of_split if r.clip_id == made.clip_id]
                donors: dict[str, PreparedClip] = {r.donor_id: made for r in planned if r.donor_id is not None}
                for row in rows_of_clip(made, planned, donors, questions):
                    sizes.setdefault((row.condition, split), []).append(len(row.video) + len(row.audio))
    return {key: sum(of) // len(of) for key, of in sizes.items()}, measured


def _usable(
    clips: Iterable[SourceClip], listing: Listing, options: BuildOptions, folder: Path
) -> Iterator[PreparedClip]:
    for clip in clips:
        with suppress(ClipError):
            yield prepare(preparation(clip, listing, options, folder))
