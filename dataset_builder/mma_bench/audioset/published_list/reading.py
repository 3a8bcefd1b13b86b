"""Read the list of clips that the paper's authors publish as JSON, whatever its field names.

The format is undocumented, so the result states the source field of each value and lists unreadable entries. Neither
Arrow nor pandas is used because a column may mix numbers and strings. Every `ValueError` raised for an entry has the
form `what was found; what was expected`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mma_bench import __version__
from mma_bench.audioset.curation.segments import read_segments
from mma_bench.audioset.published_list.document import Entry, Unreadable, entries, read_document
from mma_bench.audioset.published_list.fields import Field, Fields, Implied, Meaning, named, split_named
from mma_bench.audioset.published_list.values import (
    NamedRecording,
    class_named,
    interval,
    named_recording,
    seconds,
    shown,
    shown_name,
)
from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import file_sha256, unreadable
from mma_bench.manifest.clips import ManifestClip, clip_id
from mma_bench.manifest.manifest import Manifest, ManifestNotes

Starts: TypeAlias = Mapping[str, tuple[float, float]]
"""Start and end in seconds by YouTube id, from AudioSet's segment lists."""

_AUDIOSET_SECONDS = 10.0
_SEGMENT_LISTS = "the segment lists"
_EXPECTED = (
    "expected JSON or JSON Lines whose entries have a YouTube id, a start and a class, such as "
    '[{"youtube_id": "3CZ1i2_tKn0", "start": 30, "label": "Canidae"}, ...]; pass the file as it was downloaded, or '
    "rename its fields to these"
)


@dataclass(frozen=True)
class PublishedList:
    """The clips of a published list, and an account of how they were read."""

    clips: Sequence[ManifestClip]
    """Distinct clips in the order of the list."""
    recognised: Mapping[str, str]
    """Source field of each value, such as `{"start": "start_time"}`; with counts if several fields were used."""
    unreadable: Sequence[Unreadable]
    merged: int
    """Number of entries that repeat a clip, such as the swapped counterpart of an aligned clip."""
    ignored: Sequence[str]
    """Names of unused fields."""


def import_list(
    published: Path, *, segments: Sequence[Path] = (), split: str = "test"
) -> tuple[PublishedList, Manifest]:
    """Read a published list and build a manifest of its clips.

    `segments` are AudioSet's segment lists, for entries without times; `split` applies to entries without a split.

    Raises:
        OptionsError: the split is unknown.
        SourceError: a list cannot be read, or no clip was found.
    """
    default = next((s for s in SPLITS if s == split), None)
    if default is None:
        raise OptionsError(f"--split {split}: unknown split; expected one of {', '.join(SPLITS)}")
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


def read_published_list(path: Path, *, starts: Starts | None = None, split: Split = "test") -> PublishedList:
    """Read a published list.

    The list is JSON or JSON Lines: a list of objects, lists by split, objects by id, or columns. `starts` is
    used for entries without times, `split` for entries without a split.

    Raises SourceError if the list cannot be read, or no clip was found.
    """
    try:
        roots, broken = read_document(path)
        found = [entry for place, root in roots.items() for entry in entries(root, place, {})]
        published = _distinct(found, broken, starts or {}, split)
    except OSError as error:
        raise unreadable(path, error) from error
    except (RecursionError, ValueError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise SourceError(f"{path}: cannot be read ({why}); {_EXPECTED}") from error
    if not published.clips:
        first = {place.reason: f"{place.where}: {place.why}" for place in reversed(published.unreadable)}
        counted = Counter(place.reason for place in published.unreadable).most_common(3)
        reasons = "; ".join(f"{count} x {reason}, such as {first[reason]}" for reason, count in counted)
        content = f"{shown(next(iter(roots.values())), most=200)} ({reasons or 'no entries'})"
        raise SourceError(f"{path}: no clip could be read from {content}; {_EXPECTED}")
    return published


def _starts(paths: Iterable[Path]) -> Starts:
    """Map each YouTube id with a single segment to its start and end; several segments would be ambiguous."""
    times: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for path in paths:
        for segment in read_segments(path):
            times[segment.youtube_id].add((segment.start_seconds, segment.end_seconds))
    return {youtube_id: next(iter(known)) for youtube_id, known in times.items() if len(known) == 1}


def _distinct(found: Sequence[Entry], broken: Sequence[Unreadable], starts: Starts, split: Split) -> PublishedList:
    """Read all entries; of those that name the same clip, keep the first."""
    clips: dict[str, tuple[ManifestClip, str]] = {}
    sources: dict[str, Counter[str]] = defaultdict(Counter)
    unreadable = list(broken)
    merged = 0
    for where, fields in found:
        try:
            clip, named_by = _read_clip(fields, starts, split)
            # The ids become file names, and not every file system distinguishes upper and lower case.
            first, place = clips.setdefault(clip.clip_id.casefold(), (clip, where))
            _require_same(clip, first, place)
        except ValueError as error:
            unreadable.append(Unreadable(where, str(error)))
            continue
        merged += first is not clip
        for meaning, source in named_by.items():
            sources[meaning][source] += 1
    used = {name for names in sources.values() for name in names}
    ignored = dict.fromkeys(shown_name(name) for _, fields in found for name in fields if name not in used)
    recognised: dict[str, str] = {}
    for kind, names in sources.items():
        counted = [f"{shown_name(name)} ({count})" for name, count in names.most_common()]
        recognised[kind] = ", ".join(counted) if len(counted) > 1 else shown_name(*names)
    return PublishedList([clip for clip, _ in clips.values()], recognised, unreadable, merged, list(ignored))


def _require_same(clip: ManifestClip, first: ManifestClip, place: str) -> None:
    if clip.clip_id != first.clip_id:
        found = f"ids {clip.clip_id} here and {first.clip_id} in {place} differ only in case"
        raise ValueError(f"{found}; both would name the same file, so only the first is used")
    for field in ("class_name", "split", "end_seconds"):
        here, there = getattr(clip, field), getattr(first, field)
        if here != there:
            found = f"{clip.clip_id} has {field} {here} here, but {there} in {place}"
            raise ValueError(f"{found}; the entries contradict each other, so only the first is used")


def _read_clip(fields: Fields, starts: Starts, default: Split) -> tuple[ManifestClip, Mapping[Meaning, str]]:
    """Read an entry as a clip; return the clip and the source field of each value."""
    candidates = named(fields, "YouTube id")
    named_in = {field.name: found for field in candidates if (found := named_recording(field.value))}
    if not named_in:
        raise ValueError(f"{_in_words(candidates[:3]) or _names(fields)}; no YouTube id found")
    id_field, (youtube_id, *_) = next(iter(named_in.items()))
    recordings = {name: found for name, found in named_in.items() if found.youtube_id == youtube_id}
    meaning, source, start, end = _times(fields, recordings, starts)
    sources: dict[Meaning, str] = {"YouTube id": id_field, meaning: source}
    listed = starts.get(youtube_id)
    if ends := named(fields, "end"):
        with _naming(ends[0]):
            sources["end"], end = ends[0].name, seconds(ends[0].value) / ends[0].unit
    elif end is None and listed and listed[0] == start:  # may be shorter than 10 s where the recording ends
        sources["end"], end = _SEGMENT_LISTS, listed[1]
    elif end is None:
        sources["end"], end = "10 s after the start", start + _AUDIOSET_SECONDS
    label = next((field for field in named(fields, "class") if field.name != id_field), None)
    if label is None:
        raise ValueError(f"{_names(fields)}; no field for a class")
    with _naming(label):
        sources["class"], class_name = label.name, class_named(label.value)
    if class_name in {recording.foreign_class for recording in recordings.values()}:
        raise ValueError(
            f"{_in_words([label])}; the clip's own class was expected, but according to the file name this is the "
            "class of the audio swapped in from another clip"
        )
    sources["split"], split = f"{default}, as nothing says otherwise", default
    for field in named(fields, "split")[:1]:
        known = split_named(str(field.value))
        if known is None:
            raise ValueError(
                f"{_in_words([field])} is not a split; expected train, validation or test, or one of their "
                "other names: training, val, valid, eval, evaluation"
            )
        sources["split"], split = field.name, known
    return ManifestClip(clip_id(youtube_id, start), class_name, split, start, end, youtube_id), sources


def _times(
    fields: Fields, recordings: Mapping[str, NamedRecording], starts: Starts
) -> tuple[Meaning, str, float, float | None]:
    """Find the field that gives the start; return its meaning, its name, the start, and the end or None."""
    timing: tuple[Meaning, Meaning] = ("start", "start and end")
    for meaning in timing:
        for field in named(fields, meaning):
            if not named_recording(field.value):  # a field `clip` may contain times or a file name
                with _naming(field):
                    start, end = interval(field.value)
                if end is None:
                    return meaning, field.name, start / field.unit, None
                return "start and end", field.name, start / field.unit, end / field.unit
    for name, (_, begin, stop, _) in recordings.items():
        if begin is not None:
            return "start and end", name, begin, stop
    youtube_id = next(iter(recordings.values())).youtube_id
    if youtube_id in starts:
        return ("start and end", _SEGMENT_LISTS, *starts[youtube_id])
    unlisted = ", and the segment lists contain no segment or several segments of this recording"
    raise ValueError(
        f"{youtube_id}; no start{unlisted if starts else ' (to look it up, pass --segments eval_segments.csv)'}"
    )


@contextmanager
def _naming(field: Field) -> Iterator[None]:
    """Prefix the message of a `ValueError` with the field's name."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{shown_name(field.name)} {error}") from error


def _names(fields: Fields) -> str:
    bare = {Implied.TEXT, Implied.TIMES}
    names = [f"{name} {shown(value)}" if name in bare else shown_name(name) for name, value in fields.items()]
    return f"fields {', '.join(names[:12])}" if names else "no fields"


def _in_words(fields: Iterable[Field]) -> str:
    return ", ".join(f"{shown_name(field.name)} {shown(field.value)}" for field in fields)
