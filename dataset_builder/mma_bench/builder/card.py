"""Generate the README.md of a dataset: its card, with the YAML front matter that `load_dataset` reads."""

from collections import Counter
from collections.abc import Mapping
from operator import itemgetter

from mma_bench.audioset.curation.comparison import NOTE, compare, paper_columns
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.schema import features
from mma_bench.builder.options import build_command
from mma_bench.core.records import Json
from mma_bench.dataset.build_record import BuildRecord
from mma_bench.verification.agreement import FEW
from mma_cards import render_card

_SHOWN = (
    "drawn", "classes", "rows", "long_context", "attrition", "silent_clips", "rows_lost_from_plan",
    "rows_with_other_media", "options", "versions", "media",
)  # fmt: skip
"""Fields of build.json that the card shows unchanged."""

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(record: BuildRecord, name: str) -> str:
    """Generate the README.md of a dataset; `name` is what to pass to `load_dataset`: a folder or `org/name`."""
    options = record.options
    conditions = [c for c in CONDITIONS.values() if c.name in record.rows]
    funnel = compare(record.funnel) if record.funnel else ()
    found, votes = record.verification, Counter[str]()
    consensus = found and found.consensus
    for outcomes in consensus.outcomes.values() if consensus else ():
        votes.update(outcomes)
    body = render_card(
        "dataset",
        {
            **{name: getattr(record, name) for name in _SHOWN},
            "clips_kept": sum(record.clips.values()),
            **{name: getattr(options, name) for name in ("source", "seed", "train_swaps")},
            "name": name,
            "published": "/" in name,
            "recipe": build_command(options, name.split("/")[-1]),
            "conditions": conditions,
            "default": _default(record),
            "splits": [s for s in SPLITS if any(s in counts for counts in record.rows.values())],
            "seconds": f"{options.seconds:g}",
            "per_class": _per_class(record.clips_per_class),
            "funnel": funnel,
            "funnel_columns": list(record.funnel.columns) if record.funnel else (),
            "funnel_note": NOTE,
            "paper_columns": paper_columns(funnel),
            "audioset": record.from_audioset,
            "fetched": record.funnel is not None,
            "checks": found and found.checks,
            "consensus": consensus,
            "votes": votes,
            "few_clips": FEW,
        },
    )
    return f"---\n{_header(record)}\n---\n{body}"


def _per_class(counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Json]]:
    """Find the rarest and the most frequent class of each split; the latter determines the majority baseline."""
    return [
        {
            "split": split,
            "rarest": min(of_class.items(), key=itemgetter(1)),
            "commonest": max(of_class.items(), key=itemgetter(1)),
            "clips": sum(of_class.values()),
        }
        for split, of_class in counts.items()
    ]


def config_version(digest: str) -> str:
    """Derive the version of a config from the digest of its files."""
    return f"1.0.{int(digest[:8], 16)}"


def _default(record: BuildRecord) -> str:
    return "aligned" if "aligned" in record.rows else next(iter(record.rows))


def _header(record: BuildRecord) -> str:
    from datasets import DatasetInfo, SplitDict, SplitInfo
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    rows = sum(sum(counts.values()) for counts in record.rows.values())
    data = DatasetCardData(
        pretty_name="MMA-Bench",
        **_licence(record),
        language="en",
        task_categories=["visual-question-answering", "video-classification", "audio-classification"],
        tags=["multimodal", "audio-visual", "modality-conflict", "benchmark", "video", "audio"],
        size_categories=[next((name for bound, name in _SIZES if rows < bound), "1M<n<10M")],
    )
    infos = DatasetInfosDict()
    configs: dict[str, dict[str, Json]] = {}
    for condition, counts in record.rows.items():
        sizes = record.bytes[condition]
        splits = SplitDict()
        for split, number in counts.items():
            splits.add(SplitInfo(split, num_bytes=sizes[split], num_examples=number))
        infos[condition] = DatasetInfo(
            features=features(record.classes, media=record.media),
            splits=splits,
            download_size=sum(sizes.values()),
            dataset_size=sum(sizes.values()),
            config_name=condition,
        )
        configs[condition] = {
            "data_files": [{"split": s, "path": f"{condition}/{s}-*.parquet"} for s in counts],
            # The cache key of a local folder is this front matter, not the shards: a version derived from their digest
            # keeps a rebuild from being served from a stale cache. A version consists of digits.
            "version": config_version(record.config_digests[condition]),
        }
    configs[_default(record)]["default"] = True
    infos.to_dataset_card_data(data)
    MetadataConfigs(configs).to_dataset_card_data(data)
    return data.to_yaml(line_break="\n")


def _licence(record: BuildRecord) -> dict[str, Json]:
    """Return the licence fields of the card, which depend on whether the clips are synthetic or from AudioSet."""
    if record.drawn:
        return {"license": "apache-2.0"}
    if record.from_audioset and not record.media:
        return {"license": "cc-by-sa-4.0"}  # derived from the labels, CC BY 4.0, and the ontology, CC BY-SA 4.0
    return {"license": "other", "license_name": "rights-of-each-clip", "license_link": "README.md"}
