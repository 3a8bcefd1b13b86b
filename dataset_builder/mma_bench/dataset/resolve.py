"""Resolve a dataset reference: a built folder, or a dataset on the Hub."""

from collections.abc import Sequence
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import first_line
from mma_bench.core.repo_id import names_a_repository, with_revision
from mma_bench.dataset.build_record import BUILD_JSON
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import DataFolderError


def resolve_dataset(where: str, conditions: Sequence[str] | None = None, split: str = "test") -> BuiltDataset:
    """Open a folder written by `mma-bench build`, or download the required shards of a Hub dataset.

    Args:
        where: a folder or a Hub id, optionally `org/name@revision`. An existing folder takes precedence.
        conditions: the required conditions; None means all.
        split: the required split.

    Raises:
        DataFolderError: there is no such dataset, or it is not complete.
    """
    if not names_a_repository(where):
        return open_built(Path(where))
    return open_built(_download(where, conditions or tuple(CONDITIONS), split), partly=True, name=where)


def _download(where: str, conditions: Sequence[str], split: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [BUILD_JSON, *(f"{condition}/{split}-*.parquet" for condition in conditions)]
    try:
        name, revision = with_revision(where)
        return Path(snapshot_download(name, repo_type="dataset", revision=revision, allow_patterns=patterns))
    except Exception as error:  # the Hub's client also raises errors of its HTTP library
        raise DataFolderError(
            f"--data {where}: no such folder, and the download from the Hub failed ({first_line(error)}); check the "
            "name, or build a dataset with `mma-bench build`"
        ) from error
