"""README.md of a built folder: the card, whose YAML header is also what `load_dataset` goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mma_bench.audioset.curation.comparison import NOTE, columns_of_the_paper, compare
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.schema import features
from mma_bench.builder.again import build_command
from mma_bench.builder.report import BuildReport
from mma_bench.verification.agreement import FEW
from mma_cards import render_card


def dataset_card(report: BuildReport, name: str) -> str:
    """The README.md of a dataset: where it lies, or where it will be published.

    Args:
        report: of its build.
        name: that somebody gives to `load_dataset`: the folder's, or `org/name`.
    """
    fields = report.record
    options = fields["options"]
    conditions = [c for c in CONDITIONS.values() if c.name in report.counts]
    funnel = compare(report.funnel) if report.funnel else ()
    body = render_card(
        "dataset",
        {
            **fields,
            "clips_kept": sum(fields["clips"].values()),
            "source": options["source"],
            "name": name,
            "published": "/" in name,
            "media": report.media,
            "recipe": build_command(options, name.split("/")[-1]),
            "conditions": conditions,
            "default": _default(report),
            "splits": [s for s in SPLITS if any(s in counts for counts in report.counts.values())],
            "seed": options["seed"],
            "train_swaps": options["train_swaps"],
            "seconds": f"{options['seconds']:g}",
            "per_class": _per_class(fields.get("clips_per_class", {})),
            "funnel": funnel,
            "funnel_columns": list(report.funnel.columns) if report.funnel else (),
            "funnel_note": NOTE,
            "paper_columns": columns_of_the_paper(funnel),
            "audioset": report.from_audioset,
            "fetched": report.funnel is not None,
            **_verification(report),
        },
    )
    return f"---\n{_header(report)}\n---\n{body}"


def _verification(report: BuildReport) -> dict[str, Any]:
    """Who judged the clips and how far people agreed, in the template's words; None where that was not done."""
    found = report.verification
    checks, consensus = (found.checks, found.consensus) if found else (None, None)
    counts = Counter[str]()
    for outcomes in consensus.outcomes.values() if consensus else ():
        counts.update(outcomes)
    return {
        "checks": checks
        and {
            "judge": checks.judge,
            "rates": checks.yes_rates,
            "trust": checks.judgement,
            "easy_classes": checks.easy_classes,
        },
        "consensus": consensus
        and {
            "splits": consensus.splits,
            "clips": consensus.clips,
            "counts": counts,
            "agreement": consensus.agreement,
            "few": FEW,
            "not_reviewed": consensus.not_reviewed,
        },
    }


def _per_class(counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Of each split the rarest and the commonest class: what always naming the latter would score."""
    return [
        {
            "split": split,
            "rarest": min(of_class.items(), key=lambda item: item[1]),
            "commonest": max(of_class.items(), key=lambda item: item[1]),
            "clips": sum(of_class.values()),
        }
        for split, of_class in counts.items()
    ]


def config_version(digest: str) -> str:
    """The version of a config, from the digest of its files."""
    return f"1.0.{int(digest[:8], 16)}"


def _default(report: BuildReport) -> str:
    return "aligned" if "aligned" in report.counts else next(iter(report.counts))


def _header(report: BuildReport) -> str:
    from datasets import DatasetInfo, SplitDict, SplitInfo
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(
        pretty_name="MMA-Bench",
        **_licence(report),
        language="en",
        task_categories=["visual-question-answering", "video-classification", "audio-classification"],
        tags=["multimodal", "audio-visual", "modality-conflict", "benchmark", "video", "audio"],
        size_categories=[_size_category(sum(sum(c.values()) for c in report.counts.values()))],
    )
    infos = DatasetInfosDict()
    configs: dict[str, dict[str, Any]] = {}
    for condition, counts in report.counts.items():
        sizes = report.record["bytes"][condition]
        splits = SplitDict()
        for split, rows in counts.items():
            splits.add(SplitInfo(split, num_bytes=sizes[split], num_examples=rows))
        infos[condition] = DatasetInfo(
            features=features(report.record["classes"], media=report.media),
            splits=splits,
            download_size=sum(sizes.values()),
            dataset_size=sum(sizes.values()),
            config_name=condition,
        )
        configs[condition] = {
            "data_files": [{"split": s, "path": f"{condition}/{s}-*.parquet"} for s in counts],
            # A local folder's cache is keyed by this header, not by the shards: a version with their digest in it
            # keeps a rebuild from being served from the cache of the build before. Digits are all it may hold.
            "version": config_version(report.record["config_digests"][condition]),
        }
    configs[_default(report)]["default"] = True
    infos.to_dataset_card_data(data)
    MetadataConfigs(configs).to_dataset_card_data(data)
    return data.to_yaml(line_break="\n")


def _licence(report: BuildReport) -> dict[str, Any]:
    """Of all that is in the files: drawings are ours; names of AudioSet's clips and classes are under its terms."""
    if report.record["drawn"]:
        return {"license": "apache-2.0"}
    if report.from_audioset and not report.media:
        return {"license": "cc-by-sa-4.0"}  # labels CC BY 4.0, ontology CC BY-SA 4.0: what is made of both
    return {"license": "other", "license_name": "rights-of-each-clip", "license_link": "README.md"}


def _size_category(rows: int) -> str:
    bounds = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")]
    return next((name for bound, name in bounds if rows < bound), "1M<n<10M")
