"""Prepare a built dataset for publication: compare it with its build.json, and write its card and eval.yaml."""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.benchmark.schema import features
from mma_bench.builder.card import dataset_card
from mma_bench.builder.describe import ATTRITION, ATTRITION_COLUMNS, config_deviations, deviations, shard_facts
from mma_bench.core.files import writing
from mma_bench.dataset.build_record import BUILD_JSON, BuildRecord, write_build_record
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.hub.publication import CARD, HubError, Publication, Target, files_of, matches
from mma_bench.manifest.manifest import MANIFEST

EVAL_YAML = "eval.yaml"
"""File that declares a dataset a benchmark; the Hub links models' `.eval_results/` to the task ids in it.

See https://huggingface.co/docs/hub/eval-results.
"""
_SHARDS = "*/*-?????-of-?????.parquet"
_ALLOWED = (CARD, BUILD_JSON, ATTRITION, MANIFEST, EVAL_YAML, _SHARDS)


def dataset_publication(folder: Path, target: Target, *, with_media: bool, work: Path) -> Publication:
    """Collect the files of a built dataset to publish.

    Recordings are left out unless `with_media` confirms the right to redistribute them; synthetic clips are always
    published. Files that are rewritten are stored in `work`, which must exist until the upload is complete.

    Raises:
        DataFolderError: the folder contains no complete dataset.
        HubError: the folder contains other files, or its files do not match its build.json.
    """
    data = open_built(folder)
    record = data.record
    files = files_of(folder, _ALLOWED, what="a dataset")
    card = dataset_card(record, target.id)
    _require(folder, list(deviations(data, record, card)))
    note = ""
    if not (data.drawn or with_media):
        note = "The clips are recordings and stay here; --with-media sends them where you hold the rights."
        record = write_without_media(data, work)
        files = files_of(work, _ALLOWED, what="a dataset")
        card = dataset_card(record, target.id)
        _require(folder, list(config_deviations(card, record, [path for path in files if matches(path, [_SHARDS])])))
    tests = [condition for condition, rows in record.rows.items() if rows.get("test")]
    return Publication(
        what="dataset",
        repo_type="dataset",
        files={**files, CARD: card.encode("utf-8", "backslashreplace"), EVAL_YAML: eval_yaml(tests).encode()},
        allowed=_ALLOWED,
        mark=BUILD_JSON,
        mark_says='"mma-bench"',
        usage=_usage(record, target),
        note=note,
        optional=EVAL_YAML,
    )


def _require(folder: Path, found: list[str]) -> None:
    if found:
        raise HubError(f"{folder}: {'; '.join(found)}. Build the dataset again")


def _usage(record: BuildRecord, target: Target) -> str:
    default = "misaligned" if "misaligned" in record.rows else next(iter(record.rows))
    load = f'load_dataset("{target.id}", "{default}"{target.argument})'
    if record.media:
        return f"{load}\nmma-bench eval --model MODEL --data {target.named}"
    name = target.id.split("/")[1]
    if not record.funnel:
        return f"{load}\nmma-bench build --plan {target.named} --source FOLDER_OF_THE_CLIPS --out {name}"
    return (
        f"{load}\nmma-bench fetch {target.named} --out clips\n"
        f"mma-bench build --plan {target.named} --source {target.named} --clips clips --out {name}"
    )


def task_id(condition: str, prompt: str) -> str:
    """Derive the id of a task in eval.yaml from a condition and the modality of the question.

    >>> task_id("misaligned", "audio")
    'misaligned_audio'
    """
    return f"{condition}_{prompt}"


def eval_yaml(conditions: Sequence[str]) -> str:
    """Generate eval.yaml with a visual and an audio task for each of `conditions`, which must have a test split.

    `evaluation_framework` is left out, as in other benchmarks with their own framework: the Hub accepts only values
    from its list. `push` reports whether the Hub accepts the file.
    """
    import yaml

    tested = [condition for condition in CONDITIONS if condition in conditions]
    benchmark = {
        "name": "MMA-Bench",
        "description": "Does a multimodal model answer from the modality it is asked about when sight, sound and text "
        "conflict? Accuracy in % of free answers, as mma_accuracy reads them.",
        "tasks": [{"id": task_id(c, prompt), "config": c, "split": "test"} for c in tested for prompt in PROMPTS],
    }
    return str(yaml.safe_dump(benchmark, sort_keys=False, allow_unicode=True, width=100))


def write_without_media(data: BuiltDataset, out: Path) -> BuildRecord:
    """Copy a dataset without its columns `video` and `audio`, which others can rebuild; return the copy's record.

    The copy's build.json keeps the digest of the dataset with clips, for comparison with a rebuild.
    """
    out.mkdir(exist_ok=True)
    schema = features(data.classes, media=False).arrow_schema
    for shard in data.shards:
        with (
            pq.ParquetFile(shard.path, pre_buffer=False) as source,
            writing(out / shard.path.relative_to(data.folder)) as partial,
            pq.ParquetWriter(partial, schema, compression="zstd") as file,
        ):
            for batch in source.iter_batches(columns=schema.names):
                file.write_batch(batch.select(schema.names).cast(schema))
    if (data.folder / MANIFEST).exists():
        shutil.copyfile(data.folder / MANIFEST, out / MANIFEST)
    _write_attrition(data.folder, out)
    record = data.record.with_(media=False, **vars(shard_facts(out)))
    write_build_record(out, record)
    return record


def _write_attrition(folder: Path, out: Path) -> None:
    """Copy attrition.csv. Without a manifest the recordings are private, so only the lines of kept clips are copied."""
    with (folder / ATTRITION).open(newline="", encoding="utf-8") as source:
        lines = list(csv.DictReader(source))
    listed = (folder / MANIFEST).exists()
    with (out / ATTRITION).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ATTRITION_COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(line for line in lines if listed or line["status"] == "kept")
