"""The manifest of a name: a file, a dataset's folder, or a dataset on the Hub."""

from __future__ import annotations

from pathlib import Path

from mma_bench.core.errors import SourceError, first_line
from mma_bench.core.repo_id import names_a_repository, with_revision
from mma_bench.manifest.manifest import MANIFEST


def find_manifest(where: str) -> Path:
    """The file of a manifest; that of a dataset on the Hub is downloaded.

    Args:
        where: a Parquet file, a folder that `mma-bench build` made of a manifest, or such a dataset's Hub id, with a
            revision after @ or without.

    Raises:
        SourceError: there is none.
    """
    path = Path(where).expanduser()
    if path.is_dir():
        path = path / MANIFEST
    if path.is_file():
        return path
    if not names_a_repository(where):
        raise SourceError(
            f"{where}: no such file; expected a manifest such as `mma-bench curate` writes, or org/name on the Hub"
        )
    from huggingface_hub import hf_hub_download

    try:
        name, revision = with_revision(where)
        return Path(hf_hub_download(name, MANIFEST, repo_type="dataset", revision=revision))
    except Exception as error:  # the Hub's client raises its HTTP library's errors too
        raise SourceError(
            f"{where}: no such file, and no {MANIFEST} of a dataset on the Hub can be had ({first_line(error)})"
        ) from error
