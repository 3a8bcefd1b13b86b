"""Describe a finished build in build.json and attrition.csv, and check a dataset against build.json and its card."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path

import av
import pyarrow.parquet as pq

from mma_bench import __version__
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.plan import Questions
from mma_bench.benchmark.schema import features
from mma_bench.builder.card import config_version
from mma_bench.builder.planning import MediaDigests, Planned, count_other_media
from mma_bench.core.files import file_sha256, write_text
from mma_bench.core.records import Json
from mma_bench.dataset.build_record import BUILD_JSON, SCHEMA, BuildRecord, LongContextRecord, RecordedOptions
from mma_bench.dataset.reading import BuiltDataset
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
    """True if the dataset was already complete, so that nothing was built."""

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Number of rows by condition and split."""
        return self.record.rows


@dataclass(frozen=True)
class ShardFacts:
    """Rows and uncompressed bytes by condition and split, and the digest of each condition's shards."""

    rows: dict[str, dict[str, int]]
    bytes: dict[str, dict[str, int]]
    config_digests: dict[str, str]


def describe_build(
    folder: Path,
    options: RecordedOptions,
    listing: Listing,
    planned: Planned,
    questions: Questions,
    kept: Mapping[str, PreparedClip],
    dropped: Sequence[DroppedClip],
    published: MediaDigests | None,
    verification: VerificationRecord | None,
) -> BuildRecord:
    """Create the content of build.json, which describes the shards under `folder` and their provenance."""
    facts = shard_facts(folder)
    built = {row.clip_id: (row.split, row.visual_class) for row in planned.rows}
    per_class: dict[str, dict[str, int]] = {split: {} for split in SPLITS}
    for (split, name), count in sorted(Counter(built.values()).items()):
        per_class[split][name] = count
    silent = Counter[str](split for clip_id, (split, _) in built.items() if kept[clip_id].silent)
    record = BuildRecord(
        schema_=SCHEMA,
        options=options,
        drawn=listing.drawn,
        classes=questions.options,
        long_context=LongContextRecord(**asdict(questions.long_context)),
        clips={split: sum(counts.values()) for split, counts in per_class.items() if counts},
        clips_per_class={split: counts for split, counts in per_class.items() if counts},
        attrition=dict(sorted(Counter(d.problem for d in dropped).items())),
        rows_lost_from_plan=planned.lost,
        rows_with_other_media=count_other_media(folder, published) if published else 0,
        funnel=listing.funnel and listing.funnel.followed_by("built", built.values()),
        verification=verification,
        **vars(facts),
        dataset_digest=dataset_digest(facts.config_digests),
        versions=_versions(),
    )
    return record.with_(silent_clips=_by_split(silent)) if silent else record


def shard_facts(folder: Path) -> ShardFacts:
    """Count the rows and bytes of the shards under a folder, and compute a digest per condition."""
    facts = ShardFacts({}, {}, {})
    for condition in (c for c in CONDITIONS if (folder / c).is_dir()):
        rows, sizes, digest = Counter[str](), Counter[str](), hashlib.sha256()
        for path in sorted((folder / condition).glob("*.parquet")):
            split, metadata = path.name.split("-")[0], pq.read_metadata(path)
            rows[split] += metadata.num_rows
            sizes[split] += sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
            digest.update(file_sha256(path).encode())
        facts.rows[condition], facts.bytes[condition] = _by_split(rows), _by_split(sizes)
        facts.config_digests[condition] = digest.hexdigest()
    return facts


def dataset_digest(config_digests: Mapping[str, str]) -> str:
    """Compute the digest of a dataset from the digests of its configs."""
    return hashlib.sha256(json.dumps(config_digests, sort_keys=True).encode()).hexdigest()


def write_attrition(
    path: Path, listing: Listing, kept: Mapping[str, PreparedClip], dropped: Sequence[DroppedClip], planned: Planned
) -> None:
    """Write attrition.csv, which states whether each clip was kept, dropped (with the reason) or not selected."""
    today = date.today().isoformat()
    split_of = {row.clip_id: row.split for row in planned.rows}
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


def deviations(data: BuiltDataset, record: BuildRecord, card: str) -> Iterator[str]:
    """Yield a sentence for each way in which a dataset deviates from the schema, its build record or its card."""
    from datasets import Features

    if record.schema_ != SCHEMA:
        yield f"schema: {BUILD_JSON} has schema {record.schema_}, but this version of mma-bench writes {SCHEMA}"
    expected = features(data.classes)
    for shard in data.shards:
        if Features.from_arrow_schema(pq.read_schema(shard.path)) != expected:
            yield f"schema: the columns of {shard.path.relative_to(data.folder)} are not those of the benchmark"
    now = shard_facts(data.folder).config_digests
    for condition, digest in record.config_digests.items():
        if now.get(condition) != digest:
            yield f"digest: the files of {condition} are not those that {BUILD_JSON} describes"
    if dataset_digest(record.config_digests) != record.dataset_digest:
        yield f"digest: the dataset digest in {BUILD_JSON} does not follow from its config digests"
    yield from config_deviations(
        card, record, [shard.path.relative_to(data.folder).as_posix() for shard in data.shards]
    )


def config_deviations(card: str, record: BuildRecord, shards: list[str]) -> Iterator[str]:
    """Yield a sentence for each shard in no config, each data path without files and each outdated config version."""
    from huggingface_hub import DatasetCard

    configs: list[dict[str, Json]] = DatasetCard(card).data["configs"]
    patterns = [files["path"] for config in configs for files in config["data_files"]]
    for pattern in patterns:
        if not any(fnmatchcase(shard, pattern) for shard in shards):
            yield f"configs: README.md lists {pattern}, but no file matches it"
    for shard in shards:
        if not any(fnmatchcase(shard, pattern) for pattern in patterns):
            yield f"configs: no config in README.md includes {shard}"
    digests: Mapping[str, str] = record.config_digests
    for config in configs:
        name, version = config["config_name"], config["version"]
        if name in digests and version != config_version(digests[name]):
            yield f"digest: README.md has version {version} of {name}, its files give {config_version(digests[name])}"


def _by_split(counts: Counter[str]) -> dict[str, int]:
    return {split: counts[split] for split in SPLITS if counts[split]}


def _versions() -> dict[str, str]:
    libraries = {name: version(name) for name in ("av", "datasets", "numpy", "pyarrow", "soundfile")}
    ffmpeg = {name: ".".join(map(str, v)) for name, v in sorted(av.library_versions.items())}
    return {"mma-bench": __version__, **libraries, **ffmpeg}
