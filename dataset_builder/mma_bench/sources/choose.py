"""From the name of a source to its clips."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mma_bench.errors import OptionsError, SourceError
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

    Raises:
        OptionsError: a manifest without its clips, or clips without a manifest.
        SourceError: there is no such source, or nothing in it.
    """
    path = Path(source).expanduser()
    if (clips is not None) != (path.suffix == ".parquet"):
        raise OptionsError(
            f"--source {source}: a manifest such as manifest.parquet, and nothing else, goes with --clips, the folder "
            "that `mma-bench fetch` filled"
        )
    if clips is not None:
        from mma_bench.sources.curated import list_curated

        return list_curated(path, clips.expanduser())
    if source == "synthetic":
        from mma_bench.sources.synthetic.listing import list_synthetic

        return list_synthetic(seed=seed, per_split=limit, size=size, seconds=seconds, splits=splits)
    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        raise SourceError(f"--source {source}: no such folder; expected 'synthetic', a folder of clips, or a manifest")
    from mma_bench.sources.folder import list_folder

    return list_folder(path)
