"""From a published list to a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mma_bench import __version__
from mma_bench.audioset.curation.segments import read_segments
from mma_bench.audioset.published_list.reading import PublishedList, read_published_list
from mma_bench.benchmark.conditions import SPLITS
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import file_sha256
from mma_bench.manifest.manifest import Manifest


def import_list(
    published: Path, *, segments: Sequence[Path] = (), split: str = "test"
) -> tuple[PublishedList, Manifest]:
    """Read a list of clips in JSON: what was understood of it, and the manifest of its clips.

    Args:
        published: the list.
        segments: AudioSet's lists, for entries that name a recording and no start.
        split: of entries that name none.

    Raises:
        OptionsError: there is no such split.
        SourceError: a list cannot be read, or gives not a single clip.
    """
    default = next((s for s in SPLITS if s == split), None)
    if default is None:
        raise OptionsError(f"--split {split}: expected one of {', '.join(SPLITS)}")
    found = read_published_list(published, starts=_starts(segments), split=default)
    notes = {
        "mma_bench": __version__,
        "published_list": {"file": published.name, "sha256": file_sha256(published)},
        "segments": {path.name: file_sha256(path) for path in segments},
        "recognised": found.recognised,
        "merged": found.merged,
        "unreadable": len(found.unreadable),
    }
    return found, Manifest(found.clips, notes)


def _starts(paths: Iterable[Path]) -> Mapping[str, tuple[float, float]]:
    """Start and end of each recording that has one segment in the lists; of two nobody knows which is meant."""
    times: dict[str, set[tuple[float, float]]] = {}
    for path in paths:
        for segment in read_segments(path):
            times.setdefault(segment.youtube_id, set()).add((segment.start_seconds, segment.end_seconds))
    return {youtube_id: next(iter(known)) for youtube_id, known in times.items() if len(known) == 1}
