"""The list of clips that the paper's authors publish as JSON: YouTube ids, times and classes under any usual names.

Its form is described nowhere, so nothing is taken for granted: a reading says which field it took for what, and names
each entry that it could not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mma_bench.audioset.published_list.document import Unreadable, read_document
from mma_bench.audioset.published_list.entry import ReadClip, Starts, read_clip
from mma_bench.audioset.published_list.shapes import Entry, entries
from mma_bench.audioset.published_list.values import shown, shown_name
from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import SourceError
from mma_bench.manifest.manifest import ManifestClip

_NO_STARTS: Starts = MappingProxyType({})
_EXPECTED = (
    "expected JSON or JSON Lines whose entries have a YouTube id, a start and a class, such as "
    '[{"youtube_id": "3CZ1i2_tKn0", "start": 30, "label": "Canidae"}, ...]; give the file as it was downloaded, or '
    "rename its fields to these"
)


@dataclass(frozen=True)
class PublishedList:
    """What a published list says, and what of it could not be understood."""

    clips: Sequence[ManifestClip]
    """In the list's order, each once."""
    recognised: Mapping[str, str]
    """What was taken from where: `{"start": "start_time"}`, with counts if from several fields."""
    unreadable: Sequence[Unreadable]
    merged: int
    """Entries that named a clip already named, such as the swapped counterpart of an aligned clip."""
    ignored: Sequence[str] = ()
    """Fields that nothing was taken from."""


def read_published_list(path: Path, *, starts: Starts = _NO_STARTS, split: Split = "test") -> PublishedList:
    """Read a list of clips.

    Args:
        path: JSON or JSON Lines: a list of objects, lists by split, objects by id, or columns.
        starts: Start and end by YouTube id, for entries that give none.
        split: Of the entries that give none.

    Raises:
        SourceError: it cannot be read, or gives not a single clip.
    """
    try:
        document = read_document(path)
        found = [entry for place, root in document.roots.items() for entry in entries(root, place)]
        published = _distinct(found, document.unreadable, starts, split)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error}); {_EXPECTED}") from error
    except RecursionError as error:
        raise SourceError(f"{path}: nested too deeply; {_EXPECTED}") from error
    except ValueError as error:
        raise SourceError(f"{path}: cannot be understood ({error}); {_EXPECTED}") from error
    if not published.clips:
        reasons = _most_common_reasons(published.unreadable)
        raise SourceError(f"{path}: no clip could be read from {_in_words(document.roots)}{reasons}; {_EXPECTED}")
    return published


def _distinct(found: Sequence[Entry], unreadable: Sequence[Unreadable], starts: Starts, split: Split) -> PublishedList:
    """Read every entry, and keep of those that name one clip the first."""
    clips: dict[str, tuple[ManifestClip, str]] = {}
    sources: dict[str, Counter[str]] = {}
    not_read = list(unreadable)
    merged = 0
    for entry in found:
        try:
            read = read_clip(entry.fields, starts, split)
            # Ids name files, and not every file system tells upper from lower case.
            first, place = clips.setdefault(read.clip.clip_id.casefold(), (read.clip, entry.where))
            _require_same(read.clip, first, place)
        except ValueError as error:
            not_read.append(Unreadable(entry.where, str(error)))
            continue
        merged += first is not read.clip
        _count(read, sources)
    used = {name for names in sources.values() for name in names}
    return PublishedList(
        clips=[clip for clip, _ in clips.values()],
        recognised={meaning: _with_counts(names) for meaning, names in sources.items()},
        unreadable=not_read,
        merged=merged,
        ignored=list(dict.fromkeys(shown_name(n) for entry in found for n in entry.fields if n not in used)),
    )


def _require_same(clip: ManifestClip, first: ManifestClip, place: str) -> None:
    if clip.clip_id != first.clip_id:
        raise ValueError(
            f"{clip.clip_id}, beside {first.clip_id} in {place}; they would name the same file, the first counts"
        )
    for what in ("class_name", "split", "end_seconds"):
        here, there = getattr(clip, what), getattr(first, what)
        if here != there:
            said = f"{clip.clip_id} has {what} {here} here and {there} in {place}"
            raise ValueError(f"{said}; of what contradicts itself the first counts")


def _count(read: ReadClip, sources: dict[str, Counter[str]]) -> None:
    for meaning, source in read.taken_from.items():
        sources.setdefault(meaning, Counter())[source] += 1


def _with_counts(names: Counter[str]) -> str:
    if len(names) == 1:
        return shown_name(next(iter(names)))
    return ", ".join(f"{shown_name(name)} ({count})" for name, count in names.most_common())


def _in_words(roots: Mapping[str, Any]) -> str:
    root = next(iter(roots.values()), None)
    if isinstance(root, dict):
        return f"an object with the keys {_first_keys(root)}"
    if isinstance(root, list) and root and isinstance(root[0], dict):
        return f"a list of {len(root)} whose first has the fields {_first_keys(root[0])}"
    return f"a list of {len(root)}" if isinstance(root, list) else f"{shown(root)}"


def _first_keys(value: Mapping[str, Any]) -> str:
    return ", ".join(map(shown, list(value)[:12])) + (", ..." if len(value) > 12 else "") or "none"


def _most_common_reasons(unreadable: Sequence[Unreadable]) -> str:
    counted = Counter(u.reason for u in unreadable).most_common(3)
    example = {u.reason: u for u in reversed(unreadable)}
    told = [
        f"{count} x {reason}, such as {example[reason].where}: {example[reason].found}" for reason, count in counted
    ]
    return f" ({'; '.join(told)})" if told else ""
