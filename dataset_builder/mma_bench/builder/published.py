"""The plan in a published dataset: which rows it has, whatever media are at hand (`build --plan`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.plan import PlannedRow
from mma_bench.builder.staging import BUILD_JSON
from mma_bench.core.errors import SourceError
from mma_bench.core.repo_id import names_a_repository

_COLUMNS = (
    "id", "condition", "clip_id", "donor_id", "visual_class", "audio_class", "caption_class", "seed",
    "visual_question", "audio_question", "video_sha256", "audio_sha256",
)  # fmt: skip

MediaDigests = Mapping[str, tuple[str, str]]
"""By row: the digests of its picture and of its sound."""


@dataclass(frozen=True)
class PublishedPlan:
    """The rows of a dataset without their media, in their order."""

    rows: Sequence[PlannedRow]
    classes: Sequence[str]
    options: Mapping[str, object]
    """What its build was asked to do."""
    digest: str
    """The published dataset's."""
    media: MediaDigests


def read_published_plan(where: str) -> PublishedPlan:
    """Read the plan of a built folder, or of a dataset on the Hub (`org/name`, `org/name@revision`), without media.

    Raises:
        SourceError: there is none.
    """
    import fsspec
    from huggingface_hub import HfFileSystem

    local = not names_a_repository(where)
    files: Any = fsspec.filesystem("file") if local else HfFileSystem()
    root = str(Path(where).resolve()) if local else f"datasets/{where}"
    rows: list[PlannedRow] = []
    classes: Sequence[str] = ()
    media: dict[str, tuple[str, str]] = {}
    try:
        for condition in CONDITIONS:
            for split in SPLITS:
                for path in sorted(files.glob(f"{root}/{condition}/{split}-*.parquet")):
                    with files.open(path, "rb") as file:
                        table = pq.read_table(file, columns=list(_COLUMNS))
                    classes = _class_names(table.schema)
                    published = table.to_pylist()
                    rows += [_planned(row, split, classes) for row in published]
                    media |= {row["id"]: (row["video_sha256"], row["audio_sha256"]) for row in published}
        record = json.loads(files.cat_file(f"{root}/{BUILD_JSON}"))
    except Exception as error:  # the Hub's client raises its HTTP library's errors too
        raise SourceError(f"--plan {where}: cannot be read ({error}); expected a built folder or org/name") from error
    if not rows:
        raise SourceError(f"--plan {where}: no rows; expected a folder made by `mma-bench build`, or org/name")
    return PublishedPlan(_by_clip(rows), classes, record["options"], record["dataset_digest"], media)


def other_media(folder: Path, published: MediaDigests) -> int:
    """How many rows of a dataset have another picture or sound than the published rows of the same id."""
    other = 0
    for path in sorted(folder.glob("*/*.parquet")):
        rows = pq.read_table(path, columns=["id", "video_sha256", "audio_sha256"]).to_pylist()
        other += sum(published[row["id"]] != (row["video_sha256"], row["audio_sha256"]) for row in rows)
    return other


def _by_clip(rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows split by split and clip by clip, as a build plans them; shards hold them condition by condition."""
    clips = {key: k for k, key in enumerate(dict.fromkeys((row.split, row.clip_id) for row in rows))}
    return sorted(rows, key=lambda row: (SPLITS.index(row.split), clips[row.split, row.clip_id]))


def _class_names(schema: pa.Schema) -> Sequence[str]:
    info = json.loads((schema.metadata or {})[b"huggingface"])
    return cast(Sequence[str], info["info"]["features"]["visual_class"]["names"])


def _planned(row: Mapping[str, Any], split: str, classes: Sequence[str]) -> PlannedRow:
    caption = row["caption_class"]
    return PlannedRow(
        id=row["id"],
        split=next(s for s in SPLITS if s == split),
        condition=row["condition"],
        clip_id=row["clip_id"],
        visual_class=classes[row["visual_class"]],
        audio_class=classes[row["audio_class"]],
        seed=row["seed"],
        donor_id=row["donor_id"],
        caption_class=None if caption is None else classes[caption],
        questions=(row["visual_question"], row["audio_question"]),
    )
