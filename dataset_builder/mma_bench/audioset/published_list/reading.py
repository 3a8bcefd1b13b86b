"""Read the list of clips that the paper's authors publish as JSON, whatever its field names.

The format is undocumented, so the result states the source field of each value and lists unreadable entries. Arrow is
not used because a column may mix numbers and strings.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mma_bench import __version__
from mma_bench.audioset.curation.segments import read_segments
from mma_bench.audioset.published_list.document import Entry, Unreadable, entries, read_document
from mma_bench.audioset.published_list.entry import Starts, read_clip
from mma_bench.audioset.published_list.values import shown, shown_name
from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import file_sha256
from mma_bench.core.records import Json
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, ManifestNotes

_NO_STARTS: Starts = MappingProxyType({})
_EXPECTED = (
    "expected JSON or JSON Lines whose entries have a YouTube id, a start and a class, such as "
    '[{"youtube_id": "3CZ1i2_tKn0", "start": 30, "label": "Canidae"}, ...]; give the file as it was downloaded, or '
    "rename its fields to these"
)


@dataclass(frozen=True)
class PublishedList:
    """The clips of a published list, and an account of how they were read."""

    clips: Sequence[ManifestClip]
    """In the list's order, each once."""
    recognised: Mapping[str, str]
    """Field by meaning, such as `{"start": "start_time"}`; with counts where several fields were used."""
    unreadable: Sequence[Unreadable]
    merged: int
    """Entries that repeat a clip, such as the swapped counterpart of an aligned clip."""
    ignored: Sequence[str] = ()
    """Names of unused fields."""


def import_list(
    published: Path, *, segments: Sequence[Path] = (), split: str = "test"
) -> tuple[PublishedList, Manifest]:
    """Read a published list and build a manifest of its clips.

    Args:
        published: the list.
        segments: AudioSet's segment lists, for entries that name a recording but no start.
        split: the split of entries without a split.

    Raises:
        OptionsError: the split is unknown.
        SourceError: a list cannot be read, or no clip was found.
    """
    default = next((s for s in SPLITS if s == split), None)
    if default is None:
        raise OptionsError(f"--split {split}: expected one of {', '.join(SPLITS)}")
    found = read_published_list(published, starts=_starts(segments), split=default)
    notes = ManifestNotes(
        mma_bench=__version__,
        published_list={"file": published.name, "sha256": file_sha256(published)},
        segments={path.name: file_sha256(path) for path in segments},
        recognised=dict(found.recognised),
        merged=found.merged,
        unreadable=len(found.unreadable),
    )
    return found, Manifest(found.clips, notes)


def read_published_list(path: Path, *, starts: Starts = _NO_STARTS, split: Split = "test") -> PublishedList:
    """Read a published list.

    Args:
        path: JSON or JSON Lines: a list of objects, lists by split, objects by id, or columns.
        starts: start and end in seconds by YouTube id, for entries without times.
        split: the split of entries without a split.

    Raises:
        SourceError: the list cannot be read, or no clip was found.
    """
    try:
        roots, broken = read_document(path)
        found = [entry for place, root in roots.items() for entry in entries(root, place)]
        published = _distinct(found, broken, starts, split)
    except (OSError, RecursionError, ValueError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else getattr(error, "strerror", None) or error
        raise SourceError(f"{path}: cannot be read ({why}); {_EXPECTED}") from error
    if not published.clips:
        content = _first_fields(roots) + _most_common_reasons(published.unreadable)
        raise SourceError(f"{path}: no clip could be read from {content}; {_EXPECTED}")
    return published


def _starts(paths: Iterable[Path]) -> Starts:
    """Map each YouTube id with exactly one segment to its start and end; several segments would be ambiguous."""
    times: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for path in paths:
        for segment in read_segments(path):
            times[segment.youtube_id].add((segment.start_seconds, segment.end_seconds))
    return {youtube_id: next(iter(known)) for youtube_id, known in times.items() if len(known) == 1}


def _distinct(found: Sequence[Entry], broken: Sequence[Unreadable], starts: Starts, split: Split) -> PublishedList:
    """Read every entry, keeping the first of those that name the same clip."""
    clips: dict[str, tuple[ManifestClip, str]] = {}
    sources: dict[str, Counter[str]] = defaultdict(Counter)
    unreadable = list(broken)
    merged = 0
    for entry in found:
        try:
            clip, fields = read_clip(entry.fields, starts, split)
            # The ids become file names, and not every file system distinguishes upper and lower case.
            first, place = clips.setdefault(clip.clip_id.casefold(), (clip, entry.where))
            _require_same(clip, first, place)
        except ValueError as error:
            what, _, reason = str(error).rpartition("; ")
            unreadable.append(Unreadable(entry.where, what, reason))
            continue
        merged += first is not clip
        for meaning, source in fields.items():
            sources[meaning][source] += 1
    used = {name for names in sources.values() for name in names}
    return PublishedList(
        clips=[clip for clip, _ in clips.values()],
        recognised={meaning: _with_counts(names) for meaning, names in sources.items()},
        unreadable=unreadable,
        merged=merged,
        ignored=list(dict.fromkeys(shown_name(n) for entry in found for n in entry.fields if n not in used)),
    )


def _require_same(clip: ManifestClip, first: ManifestClip, place: str) -> None:
    if clip.clip_id != first.clip_id:
        found = f"{clip.clip_id}, beside {first.clip_id} in {place}"
        raise ValueError(f"{found}; both would name the same file, the first one counts")
    for field in ("class_name", "split", "end_seconds"):
        here, there = getattr(clip, field), getattr(first, field)
        if here != there:
            found = f"{clip.clip_id} has {field} {here} here and {there} in {place}"
            raise ValueError(f"{found}; entries contradict each other, the first one counts")


def _with_counts(names: Counter[str]) -> str:
    counted = [(shown_name(name), count) for name, count in names.most_common()]
    return counted[0][0] if len(counted) == 1 else ", ".join(f"{name} ({count})" for name, count in counted)


def _first_fields(roots: Mapping[str, Json]) -> str:
    """Describe the document by its kind and its first field names."""
    root = next(iter(roots.values()))
    first = root[0] if isinstance(root, list) and root else root
    if not isinstance(first, dict):
        return f"a list of {len(root)}" if isinstance(root, list) else shown(root)
    kind = "an object with the keys" if first is root else f"a list of {len(root)} whose first has the fields"
    names = ", ".join(map(shown, list(first)[:12])) or "none"
    return f"{kind} {names}{', ...' if len(first) > 12 else ''}"


def _most_common_reasons(unreadable: Sequence[Unreadable]) -> str:
    first = {place.reason: place for place in reversed(unreadable)}
    counted = Counter(place.reason for place in unreadable).most_common(3)
    found = "; ".join(f"{n} x {reason}, such as {first[reason].where}: {first[reason].found}" for reason, n in counted)
    return f" ({found})" if found else ""
