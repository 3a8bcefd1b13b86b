"""Build a dataset folder from a source of clips."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from mma_bench.benchmark.conditions import SPLITS
from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.benchmark.splits import limited
from mma_bench.builder.card import dataset_card
from mma_bench.builder.describe import ATTRITION, BuildReport, describe_build, write_attrition
from mma_bench.builder.options import BuildOptions
from mma_bench.builder.planning import Planned, PublishedPlan, plan_of, read_published_plan
from mma_bench.builder.prepare import Preparation, prepare
from mma_bench.builder.shards import write_split
from mma_bench.builder.staging import Staging, begin, locked
from mma_bench.core.errors import ClipError, OptionsError, PairingError, SourceError
from mma_bench.core.executor import WorkerPool
from mma_bench.core.files import write_text
from mma_bench.dataset.build_record import read_build_record, write_build_record
from mma_bench.manifest.manifest import MANIFEST, Manifest, write_manifest
from mma_bench.media.encode import Square
from mma_bench.sources.clips import DroppedClip, Listing, PreparedClip, SourceClip, stamp_of
from mma_bench.sources.listing import list_source
from mma_bench.verification.record import public_notes, verification_record

BuildProgress = Callable[[str, int, int], None]
"""Callback that receives the name of a step, the number of clips done, and the total number of clips."""


WORK = ("mma_bench.builder.prepare", "mma_bench.builder.rows", "mma_bench.sources.synthetic.drawing")
"""Modules that the worker processes of a build import."""


def build(options: BuildOptions, *, progress: BuildProgress = lambda step, done, total: None) -> BuildReport:
    """Build a dataset folder, or resume an interrupted build.

    Clips that cannot be used are dropped and listed in attrition.csv with the reason. Until the dataset is complete,
    all files are in `<out>.partial`. Worker processes import the calling script, so a script must call this function
    under `if __name__ == "__main__":`.

    Raises:
        OptionsError: the options contradict each other or the content of `out`.
        SourceError: the source or the plan cannot be read.
        PairingError: no clip is usable, or the usable clips cannot be paired for the swaps.
        ClipError: a clip cannot be used and `options.strict` is set.
        StorageError: a file cannot be written.
    """
    published = read_published_plan(options.plan) if options.plan is not None else None
    options = options.following(published.options) if published else options
    listing, chosen = choose_clips(options, published)
    verification = verification_record(listing.manifest.notes, options.source) if listing.manifest else None
    plan = published.digest if published else None
    content, recorded = options.recorded(plan=plan), options.recorded(plan=plan, clips_sha256=_digest(chosen))
    with locked(options.out) as staging:
        if not begin(staging, content, recorded, overwrite=options.overwrite):
            return BuildReport(options.out, read_build_record(options.out), already_there=True)
        with WorkerPool(options.workers, imports=WORK) as pool:
            kept, dropped = _validate(listing, chosen, options, staging, pool, progress)
            planned = _plan(kept, options, published, names_validation=listing.names_validation)
            questions = Questions(tuple(planned.classes), options.long_context or listing.long_context)
            staging.discard_if_plan_changed(_plan_digest(planned.rows, kept, questions))
            for split in SPLITS:
                of_split = [row for row in planned.rows if row.split == split]
                write_split(staging.dataset, of_split, kept, questions, pool, partial(progress, f"write {split}"))
        media = published.media if published else None
        record = describe_build(
            staging.dataset, recorded, listing, planned, questions, kept, dropped, media, verification
        )
        write_attrition(staging.dataset / ATTRITION, listing, kept, dropped, planned)
        if listing.manifest:  # reduced to the clips of the dataset, so that others can fetch them and rebuild it
            used = {row.clip_id for row in planned.rows}
            clips = [clip for clip in listing.manifest.clips if clip.clip_id in used]
            write_manifest(staging.dataset / MANIFEST, Manifest(clips, public_notes(listing.manifest.notes)))
        write_text(staging.dataset / "README.md", dataset_card(record, staging.out.name))
        write_build_record(staging.dataset, record)
        staging.publish()
    return BuildReport(options.out, record)


def _plan_digest(rows: Sequence[PlannedRow], kept: Mapping[str, PreparedClip], questions: Questions) -> str:
    """Compute a digest that changes whenever a row would change."""
    clips = [(k, kept[k].class_name, kept[k].source_sha256) for k in sorted(kept)]
    return hashlib.sha256(repr((rows, clips, questions)).encode()).hexdigest()


def choose_clips(options: BuildOptions, published: PublishedPlan | None) -> tuple[Listing, Sequence[SourceClip]]:
    """List the clips of the source, and select those of the requested splits or of the plan.

    Raises:
        SourceError: the source does not exist, or contains no clip of the plan.
        OptionsError: no clip of the source is in the requested splits.
    """
    listing = list_source(
        options.source,
        clips=options.clips,
        seed=options.seed,
        limit=options.limit,
        size=options.size,
        seconds=options.seconds,
        splits=options.splits,
    )
    if published:
        return _clips_of_plan(listing, published, options.source)
    wanted = {"train" if split == "validation" else split for split in options.splits} | set(options.splits)
    chosen = limited([c for c in listing.clips if c.split in wanted], options.limit, seed=options.seed)
    if not chosen and not listing.dropped:
        offered = sorted({c.split for c in listing.clips})
        raise OptionsError(
            f"--splits {' '.join(options.splits)}: the source has clips only in {', '.join(offered)}. Choose from "
            "these or, in a folder, put clips into train/CLASS and test/CLASS, or add a column `split` to clips.csv"
        )
    return listing, chosen


def _clips_of_plan(listing: Listing, published: PublishedPlan, source: str) -> tuple[Listing, list[SourceClip]]:
    """Select the clips of the plan, and add those that the source lacks to the dropped clips."""
    planned = {row.clip_id: row for row in published.rows}
    chosen = [replace(c, split=planned[c.clip_id].split) for c in listing.clips if c.clip_id in planned]
    if not chosen:
        ours, theirs = (next(map(repr, ids), "none") for ids in ([c.clip_id for c in listing.clips], planned))
        raise SourceError(
            f"--source {source}: contains none of the {len(planned)} clips of the plan. First id in the plan: "
            f"{theirs}; in the source: {ours}. Pass the source that contains the plan's clips"
        )
    known = {clip.clip_id for clip in listing.clips} | {clip.clip_id for clip in listing.dropped}
    missing = [
        DroppedClip(clip_id, "missing_file", "in the plan, and not in the source", row.split, row.visual_class)
        for clip_id, row in planned.items()
        if clip_id not in known
    ]
    return replace(listing, dropped=[*listing.dropped, *missing]), chosen


def preparation(clip: SourceClip, listing: Listing, options: BuildOptions, folder: Path) -> Preparation:
    """Specify how to prepare a clip: only training and validation clips get a common frame size and length."""
    length = Fraction(str(options.seconds))  # exact, unlike Fraction(1.1)
    return Preparation(clip, folder, Square(options.size or listing.size, length) if clip.split != "test" else None)


def _validate(
    listing: Listing,
    chosen: Sequence[SourceClip],
    options: BuildOptions,
    staging: Staging,
    pool: WorkerPool,
    progress: BuildProgress,
) -> tuple[dict[str, PreparedClip], list[DroppedClip]]:
    kept: dict[str, PreparedClip] = {}
    dropped = list(listing.dropped)
    if dropped and options.strict:
        raise ClipError(dropped[0].clip_id, dropped[0].problem, f"{dropped[0].detail} (--strict)")
    tasks = [preparation(clip, listing, options, staging.clips) for clip in chosen]
    progress("verify", 0, len(tasks))
    for done, (task, result) in enumerate(pool.map(prepare, tasks, name_of=lambda t: t.name), start=1):
        if isinstance(result, PreparedClip):
            kept[result.clip_id] = result
        elif options.strict:
            raise result
        else:
            clip = task.clip
            file = listing.file_of(clip)
            dropped.append(DroppedClip(clip.clip_id, result.problem, result.detail, clip.split, clip.class_name, file))
        progress("verify", done, len(tasks))
    if not kept:
        reasons = "; ".join(f"{d.clip_id}: {d.detail}" for d in dropped[:3])
        raise PairingError(f"none of the {len(dropped)} clips can be used. First errors: {reasons}")
    return kept, dropped


def _plan(
    kept: Mapping[str, PreparedClip], options: BuildOptions, published: PublishedPlan | None, *, names_validation: bool
) -> Planned:
    planned = plan_of(kept, options, published, names_validation=names_validation)
    if not planned.rows:
        lost = f" ({planned.lost} rows of the plan are lost)" if planned.lost else ""
        raise OptionsError(
            f"nothing to build: --conditions {' '.join(options.conditions)} with --splits {' '.join(options.splits)} "
            f"selects no rows from {len(kept)} usable clips{lost}; choose others"
        )
    return planned


def _digest(chosen: Sequence[SourceClip]) -> str:
    """Compute a digest that changes whenever a clip is added, removed, relabelled or replaced."""
    media = [clip.media for clip in chosen]
    stamps = [stamp_of(m) if isinstance(m, Path) and m.is_file() else None for m in media]
    clips = [(c.clip_id, c.class_name, c.split, stamp) for c, stamp in zip(chosen, stamps, strict=True)]
    return hashlib.sha256(json.dumps(clips).encode()).hexdigest()
