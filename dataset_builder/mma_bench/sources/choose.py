"""From the name of a source to its clips."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mma_bench.errors import SourceError
from mma_bench.sources.listing import Listing


def list_source(
    source: str, *, seed: int, limit: int | None, size: int | None, seconds: float, splits: Sequence[str]
) -> Listing:
    """The clips of `source`: "synthetic", or the path of a folder.

    Raises:
        SourceError: there is no such source, or nothing in it.
    """
    if source == "synthetic":
        from mma_bench.sources.synthetic.listing import list_synthetic

        return list_synthetic(seed=seed, per_split=limit, size=size, seconds=seconds, splits=splits)
    folder = Path(source).expanduser()
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        raise SourceError(f"--source {source}: no such folder; expected 'synthetic' or a folder of clips")
    from mma_bench.sources.folder import list_folder

    return list_folder(folder)
