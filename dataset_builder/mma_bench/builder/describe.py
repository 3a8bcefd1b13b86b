"""Describe a finished build: build.json for programs, attrition.csv for every clip of the source."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import av
import pyarrow.parquet as pq

from mma_bench import __version__
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.builder.planning import MediaDigests, count_other_media
from mma_bench.core.files import file_sha256, write_text
from mma_bench.dataset.build_record import SCHEMA, BuildRecord, LongContextRecord, RecordedOptions
from mma_bench.manifest.funnel import Funnel
from mma_bench.sources.clips import DroppedClip, Listing, PreparedClip
from mma_bench.verification.record import VerificationRecord

ATTRITION = "attrition.csv"
ATTRITION_COLUMNS = ("clip_id", "status", "reason", "detail", "split", "class", "file", "sha256", "date")


@dataclass(frozen=True)
class BuildReport:
    """The outcome of a build."""

    folder: Path
    record: BuildRecord
    """The content of build.json."""
    already_there: bool = False
    """The dataset was already complete, so nothing was built."""

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Number of rows by condition and split."""
        return self.record.rows


@dataclass(frozen=True)
class ShardFacts:
    """Rows, bytes and digests of the shards under a folder."""

    rows: dict[str, dict[str, int]]
    """Number of rows by condition and split."""
    bytes: dict[str, dict[str, int]]
    """Uncompressed bytes by condition and split."""
    config_digests: dict[str, str]
    """Digest of the shards of each condition."""


def describe_build(
    folder: Path,
    *,
    options: RecordedOptions,
    drawn: bool,
    rows: Sequence[PlannedRow],
    questions: Questions,
    dropped: Sequence[DroppedClip],
    rows_lost_from_plan: int,
    published: MediaDigests | None,
    funnel: Funnel | None,
    verification: VerificationRecord | None,
) -> BuildRecord:
    """Create the content of build.json: the shards under `folder` and their provenance."""
    held = shard_facts(folder)
    clips = Counter(split for split, _ in {(row.split, row.clip_id) for row in rows})
    return BuildRecord(
        schema_=SCHEMA,
        options=options,
        drawn=drawn,
        classes=questions.options,
        long_context=LongContextRecord(**asdict(questions.long_context)),
        clips={s: clips[s] for s in SPLITS if clips[s]},
        clips_per_class=_per_class(rows),
        attrition=dict(sorted(Counter(d.problem for d in dropped).items())),
        rows_lost_from_plan=rows_lost_from_plan,
        rows_with_other_media=count_other_media(folder, published) if published else 0,
        funnel=funnel,
        verification=verification,
        rows=held.rows,
        bytes=held.bytes,
        config_digests=held.config_digests,
        dataset_digest=dataset_digest(held.config_digests),
        versions=_versions(),
    )


def shard_facts(folder: Path) -> ShardFacts:
    """Count rows and bytes of the shards under a folder, and compute their digests."""
    shards = {c: _shards_of(folder, c) for c in CONDITIONS if (folder / c).is_dir()}
    return ShardFacts(
        rows={c: _per_split(files, "rows") for c, files in shards.items()},
        bytes={c: _per_split(files, "bytes") for c, files in shards.items()},
        config_digests={c: _config_digest(files) for c, files in shards.items()},
    )


def dataset_digest(config_digests: Mapping[str, str]) -> str:
    """Compute the digest of a dataset from the digests of its configs."""
    return hashlib.sha256(json.dumps(config_digests, sort_keys=True).encode()).hexdigest()


def write_attrition(
    path: Path,
    listing: Listing,
    kept: Mapping[str, PreparedClip],
    dropped: Sequence[DroppedClip],
    rows: Sequence[PlannedRow],
) -> None:
    """Write attrition.csv: every clip of the source, kept or dropped and why, sorted by id.

    Args:
        path: the file.
        listing: the clips that the source offered.
        kept: clips that passed validation.
        dropped: clips that cannot be used.
        rows: the planned rows; a clip without a row was not selected.
    """
    today = date.today().isoformat()
    split_of = {row.clip_id: row.split for row in rows}
    lost = {d.clip_id for d in dropped if d.problem != "duplicate_id"}
    lines: list[tuple[str, ...]] = [
        (d.clip_id, "dropped", d.problem, d.detail, d.split or "", d.class_name or "", d.file, "") for d in dropped
    ]
    for clip in (c for c in listing.clips if c.clip_id not in lost):
        split, file = split_of.get(clip.clip_id), listing.file_of(clip)
        if split:
            digest = kept[clip.clip_id].source_sha256
            lines.append((clip.clip_id, "kept", "", "", split, clip.class_name, file, digest))
        else:
            lines.append((clip.clip_id, "not_selected", "", "", clip.split, clip.class_name, file, ""))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(ATTRITION_COLUMNS)
    table.writerows([*line, today] for line in sorted(lines))
    write_text(path, text.getvalue())


@dataclass(frozen=True)
class _Shard:
    split: str
    rows: int
    bytes: int
    sha256: str


def _shards_of(folder: Path, condition: str) -> list[_Shard]:
    shards = []
    for path in sorted((folder / condition).glob("*.parquet")):
        metadata = pq.read_metadata(path)
        uncompressed = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
        shards.append(_Shard(path.name.split("-")[0], metadata.num_rows, uncompressed, file_sha256(path)))
    return shards


def _per_class(rows: Sequence[PlannedRow]) -> dict[str, dict[str, int]]:
    """Count clips by split and visual class."""
    clips = {(row.split, row.clip_id): row.visual_class for row in rows}
    counts = Counter((split, name) for (split, _), name in clips.items())
    return {
        s: {name: n for (t, name), n in sorted(counts.items()) if t == s}
        for s in SPLITS
        if (s in {t for t, _ in counts})
    }


def _per_split(shards: Sequence[_Shard], field: str) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for shard in shards:
        totals[shard.split] += getattr(shard, field)
    return {s: totals[s] for s in SPLITS if totals[s]}


def _config_digest(shards: Sequence[_Shard]) -> str:
    return hashlib.sha256("".join(s.sha256 for s in shards).encode()).hexdigest()


def _versions() -> dict[str, str]:
    libraries = {name: version(name) for name in ("av", "datasets", "numpy", "pyarrow", "soundfile")}
    ffmpeg = {name: ".".join(map(str, v)) for name, v in sorted(av.library_versions.items())}
    return {"mma-bench": __version__, **libraries, **ffmpeg}
