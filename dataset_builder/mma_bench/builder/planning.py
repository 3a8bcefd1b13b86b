"""Plan the rows of a dataset, either by pairing clips or as in a published dataset (`build --plan`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.plan import PlannedRow, plan_rows
from mma_bench.benchmark.splits import with_validation
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import SourceError, first_line
from mma_bench.core.records import Json, parse_json
from mma_bench.core.repo_id import names_a_repository
from mma_bench.dataset.build_record import BUILD_JSON, MADE_BY, BuildRecord, RecordedOptions
from mma_bench.dataset.shards import class_names
from mma_bench.sources.clips import PreparedClip, SourceClip

_COLUMNS = (
    "id", "condition", "clip_id", "donor_id", "visual_class", "audio_class", "caption_class", "seed",
    "visual_question", "audio_question", "video_sha256", "audio_sha256",
)  # fmt: skip

MediaDigests = Mapping[str, tuple[str, str]]
"""Digests of the video and the audio of each row, by row id."""


@dataclass(frozen=True)
class PublishedPlan:
    """The rows of a published dataset without their media, in the order in which a build writes them."""

    rows: Sequence[PlannedRow]
    classes: Sequence[str]
    options: RecordedOptions
    digest: str
    media: MediaDigests


@dataclass(frozen=True)
class Planned:
    """The rows to build from a set of clips."""

    rows: Sequence[PlannedRow]
    lost: int
    """Number of rows of the published plan that are left out because their clip or donor is missing."""
    classes: Sequence[str]


def plan_of(
    clips: Mapping[str, SourceClip | PreparedClip],
    options: BuildOptions,
    published: PublishedPlan | None,
    *,
    names_validation: bool,
) -> Planned:
    """Plan the rows of the clips in the requested conditions and splits.

    `names_validation` says that the source names validation clips, though perhaps none of them is requested.

    Raises:
        PairingError: the clips of a split cannot be paired for the swaps.
    """
    if published:
        wanted = [r for r in published.rows if r.condition in options.conditions and r.split in options.splits]
        rows = [r for r in wanted if r.clip_id in clips and (r.donor_id is None or r.donor_id in clips)]
        return Planned(rows, len(wanted) - len(rows), published.classes)
    class_of = {clip_id: clip.class_name for clip_id, clip in clips.items()}
    split_of = {clip_id: clip.split for clip_id, clip in clips.items()}
    share = 0.0 if names_validation else options.validation
    split_of = with_validation(split_of, class_of, seed=options.seed, share=share)
    split_of = {clip_id: split for clip_id, split in split_of.items() if split in options.splits}
    rows = plan_rows(
        split_of, class_of, conditions=options.conditions, seed=options.seed, train_swaps=options.train_swaps
    )
    return Planned(rows, 0, sorted({class_of[clip_id] for clip_id in split_of}))


def read_published_plan(where: str) -> PublishedPlan:
    """Read the plan of a built folder or of a dataset on the Hub (`org/name`, `org/name@revision`), without its media.

    Raises:
        SourceError: the dataset does not exist or cannot be read.
    """
    import fsspec
    from huggingface_hub import HfFileSystem

    local = not names_a_repository(where)
    files: Any = fsspec.filesystem("file") if local else HfFileSystem()
    expected = f"expected a folder that `{MADE_BY}` wrote, or a dataset on the Hub that you can access (org/name)"
    root = str(Path(where).resolve()) if local else f"datasets/{where}"
    rows: list[PlannedRow] = []
    classes: Sequence[str] = ()
    media: dict[str, tuple[str, str]] = {}
    try:
        record = BuildRecord.from_json(
            parse_json(files.cat_file(f"{root}/{BUILD_JSON}")), where=BUILD_JSON, made_by=MADE_BY
        )
        for condition in CONDITIONS:
            for split in SPLITS:
                for path in sorted(files.glob(f"{root}/{condition}/{split}-*.parquet")):
                    with files.open(path, "rb") as file:
                        # Without threads: one that still closes the file while the process ends aborts it.
                        table = pq.read_table(file, columns=list(_COLUMNS), use_threads=False, pre_buffer=False)
                    classes = class_names(table.schema.metadata) or ()
                    published = table.to_pylist()
                    rows += [_planned(row, split, classes) for row in published]
                    media |= {row["id"]: (row["video_sha256"], row["audio_sha256"]) for row in published}
    except Exception as error:  # the Hub's client also raises errors of its HTTP library
        raise SourceError(f"--plan {where}: cannot be read ({first_line(error)}); {expected}") from error
    if not rows:
        raise SourceError(f"--plan {where}: contains no rows; {expected}")
    # Sorted by split and clip, as a build plans them; shards are sorted by condition.
    order = {key: k for k, key in enumerate(dict.fromkeys((row.split, row.clip_id) for row in rows))}
    rows.sort(key=lambda row: (SPLITS.index(row.split), order[row.split, row.clip_id]))
    return PublishedPlan(rows, classes, record.options, record.dataset_digest, media)


def count_other_media(folder: Path, published: MediaDigests) -> int:
    """Count the rows of a dataset whose video or audio differs from that of the published row with the same id."""
    other = 0
    for path in sorted(folder.glob("*/*.parquet")):
        rows = pq.read_table(path, columns=["id", "video_sha256", "audio_sha256"]).to_pylist()
        other += sum(published[row["id"]] != (row["video_sha256"], row["audio_sha256"]) for row in rows)
    return other


def _planned(row: Mapping[str, Json], split: str, classes: Sequence[str]) -> PlannedRow:
    caption = row["caption_class"]
    return PlannedRow(
        **{name: row[name] for name in ("id", "condition", "clip_id", "donor_id", "seed")},
        split=next(s for s in SPLITS if s == split),
        visual_class=classes[row["visual_class"]],
        audio_class=classes[row["audio_class"]],
        caption_class=None if caption is None else classes[caption],
        questions=(row["visual_question"], row["audio_question"]),
    )
