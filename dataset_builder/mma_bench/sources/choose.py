"""From the name of a source to its clips."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.repo_id import names_a_repository
from mma_bench.manifest.manifest import MANIFEST
from mma_bench.manifest.resolve import find_manifest
from mma_bench.sources.listing import Listing


def list_source(
    source: str,
    *,
    clips: Path | None,
    seed: int,
    limit: int | None,
    size: int | None,
    seconds: float,
    splits: Sequence[str],
) -> Listing:
    """The clips of `source`: "synthetic", the path of a folder, or a manifest whose clips are in the folder `clips`.

    A manifest is a file, or that of a dataset: a folder, or `org/name` on the Hub.

    Raises:
        OptionsError: a manifest without its clips, or clips without a manifest.
        SourceError: there is no such source, or nothing in it.
    """
    path = Path(source).expanduser()
    is_folder = os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises where a name is too long
    manifest = path.suffix == ".parquet" or (is_folder and (path / MANIFEST).is_file()) or names_a_repository(source)
    if clips is None and names_a_repository(source):
        raise SourceError(
            f"--source {source}: no such folder or file; a manifest, or a dataset that has one, goes with --clips"
        )
    if (clips is not None) != manifest:
        raise OptionsError(
            f"--source {source}: a manifest such as {MANIFEST}, and nothing else, goes with --clips, the folder that "
            "`mma-bench fetch` filled"
        )
    if clips is not None:
        from mma_bench.sources.curated import list_curated

        return list_curated(find_manifest(source), clips.expanduser())
    if source == "synthetic":
        from mma_bench.sources.synthetic.listing import list_synthetic

        return list_synthetic(seed=seed, per_split=limit, size=size, seconds=seconds, splits=splits)
    if not is_folder:
        raise SourceError(f"--source {source}: no such folder; expected 'synthetic', a folder of clips, or a manifest")
    from mma_bench.sources.folder import list_folder

    return list_folder(path)
