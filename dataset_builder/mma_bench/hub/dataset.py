"""A built dataset as it is published: checked against what its build.json says, with a card for its place."""

from __future__ import annotations

from pathlib import Path

from mma_bench.builder.card import dataset_card
from mma_bench.builder.deviations import config_deviations, deviations
from mma_bench.builder.report import ATTRITION
from mma_bench.dataset.build_record import BUILD_JSON, BuildRecord
from mma_bench.dataset.reading import open_built
from mma_bench.hub.eval_yaml import EVAL_YAML, eval_yaml
from mma_bench.hub.publication import CARD, Publication, files_of, matches
from mma_bench.hub.target import HubError, Target
from mma_bench.hub.without_media import write_without_media
from mma_bench.manifest.manifest import MANIFEST

_SHARDS = "*/*-?????-of-?????.parquet"
_ALLOWED = (CARD, BUILD_JSON, ATTRITION, MANIFEST, EVAL_YAML, _SHARDS)


def dataset_publication(folder: Path, target: Target, *, with_media: bool, work: Path) -> Publication:
    """What is published of a built dataset.

    Clips that others recorded are left out unless `with_media` says that the rights are held; drawn ones are ours.

    Args:
        folder: made by `mma-bench build`.
        target: where it goes; the card and the commands on it name that place.
        with_media: the rights to redistribute the clips are held.
        work: an empty folder for what must be written anew; it is needed until all is uploaded.

    Raises:
        DataFolderError: it is no complete dataset.
        HubError: it holds what no dataset has, or its files are not those of its build.json.
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
        files={**files, CARD: card.encode(), EVAL_YAML: eval_yaml(tests).encode()},
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
