"""build.json: what was built, with what, from what."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import pyarrow.parquet as pq

from mma_bench import __version__
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.builder.published import MediaDigests, other_media
from mma_bench.builder.staging import BUILD_JSON
from mma_bench.core.files import file_sha256, write_text
from mma_bench.manifest.funnel import Funnel, funnel_from_json
from mma_bench.sources.clips import DroppedClip
from mma_bench.verification.record import VerificationRecord

SCHEMA = 1
"""Of build.json and of the columns."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did."""

    folder: Path
    record: Mapping[str, Any]
    """The content of build.json."""
    already_there: bool = False

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Rows by condition and split."""
        counts: Mapping[str, Mapping[str, int]] = self.record["rows"]
        return counts

    @property
    def digest(self) -> str:
        """Of all shards with their clips: equal digests, equal rows."""
        return str(self.record["dataset_digest"])

    @property
    def funnel(self) -> Funnel | None:
        """How the clips were chosen, from the first list to the dataset; None where the source does not tell."""
        fields = self.record.get("funnel")
        return funnel_from_json(fields) if fields else None

    @property
    def verification(self) -> VerificationRecord | None:
        """How the clips were verified; None if they were not, or if that is unknown."""
        fields = self.record.get("verification")
        where, made_by = f"{self.folder / BUILD_JSON}: verification", "mma-bench build"
        return VerificationRecord.from_json(fields, where=where, made_by=made_by) if fields else None

    @property
    def media(self) -> bool:
        """Whether its rows have their clips; False where they were published without (`hub.without_media`)."""
        return bool(self.record.get("media", True))

    @property
    def from_audioset(self) -> bool:
        """Whether its clips were chosen from AudioSet's lists."""
        return self.funnel is not None and self.funnel.steps[0].name == "listed"

    @property
    def attrition(self) -> Mapping[str, int]:
        """Dropped clips by reason."""
        attrition: Mapping[str, int] = self.record["attrition"]
        return attrition


def describe_build(
    folder: Path,
    *,
    options: Mapping[str, object],
    drawn: bool,
    rows: Sequence[PlannedRow],
    questions: Questions,
    dropped: Sequence[DroppedClip],
    rows_lost_from_plan: int,
    published: MediaDigests | None,
    funnel: Funnel | None,
    verification: VerificationRecord | None,
) -> BuildReport:
    """What the shards under `folder` hold and how they came to be."""
    held = shard_facts(folder)
    clips = Counter(split for split, _ in {(row.split, row.clip_id) for row in rows})
    record = {
        "schema": SCHEMA,
        "options": dict(options),
        "drawn": drawn,
        "classes": list(questions.options),
        "long_context": asdict(questions.long_context),
        "clips": {s: clips[s] for s in SPLITS if clips[s]},
        "clips_per_class": _per_class(rows),
        "attrition": dict(sorted(Counter(d.problem for d in dropped).items())),
        "rows_lost_from_plan": rows_lost_from_plan,
        "rows_with_other_media": other_media(folder, published) if published else 0,
        "funnel": funnel.as_json() if funnel else None,
        "verification": verification.as_json() if verification else None,
        **held,
        "dataset_digest": dataset_digest(held["config_digests"]),
        "versions": _versions(),
    }
    return BuildReport(folder, record)


def shard_facts(folder: Path) -> dict[str, Any]:
    """What build.json says of the shards under a folder: rows and bytes by condition and split; digests."""
    shards = {c: _shards_of(folder, c) for c in CONDITIONS if (folder / c).is_dir()}
    return {
        "rows": {c: _per_split(files, "rows") for c, files in shards.items()},
        "bytes": {c: _per_split(files, "bytes") for c, files in shards.items()},
        "config_digests": {c: _config_digest(files) for c, files in shards.items()},
    }


def dataset_digest(config_digests: Mapping[str, str]) -> str:
    """Of all shards: equal digests, equal rows."""
    return hashlib.sha256(json.dumps(config_digests, sort_keys=True).encode()).hexdigest()


def write_report(report: BuildReport) -> None:
    """Write build.json. The last file of a build: where it is, all others are."""
    write_text(report.folder / BUILD_JSON, json.dumps(report.record, indent=1, ensure_ascii=False) + "\n")


def read_report(folder: Path, *, already_there: bool = False) -> BuildReport:
    """The report of a complete dataset."""
    return BuildReport(folder, json.loads((folder / BUILD_JSON).read_text(encoding="utf-8")), already_there)


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
    """Clips by split and class; what a class is of, the picture of its clips tells."""
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
