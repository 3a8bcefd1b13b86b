"""Read one entry of a published list as a clip, and record the source field of each value.

Every `ValueError` raised here has the form `what was found; what was expected`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from mma_bench.audioset.published_list.fields import OWN_TEXT, OWN_TIMES, Field, Fields, Meaning, named, split_named
from mma_bench.audioset.published_list.values import (
    NamedRecording,
    class_named,
    interval,
    named_recording,
    seconds,
    shown,
    shown_name,
)
from mma_bench.benchmark.conditions import Split
from mma_bench.manifest.clips import ManifestClip, clip_id

Starts: TypeAlias = Mapping[str, tuple[float, float]]
"""Start and end in seconds by YouTube id, from AudioSet's segment lists."""

_AUDIOSET_SECONDS = 10.0
_SEGMENT_LISTS = "the segment lists"


def read_clip(fields: Fields, starts: Starts, default: Split) -> tuple[ManifestClip, Mapping[Meaning, str]]:
    """Read an entry as a clip; return the clip and the source field of each value.

    Raises:
        ValueError: an id, a start or a class is missing or cannot be read.
    """
    recordings = _recordings(fields)
    sources: dict[Meaning, str] = {"YouTube id": recordings[0][0]}
    youtube_id = recordings[0][1].youtube_id
    listed = starts.get(youtube_id)
    times = _times(fields, recordings, listed)
    if times is None:
        unlisted = "no start, and the segment lists have none or several"
        why = unlisted if starts else "no start (look it up with --segments eval_segments.csv)"
        raise ValueError(f"{youtube_id}; {why}")
    meaning, sources[meaning], start, end = times
    if (field := next(iter(named(fields, "end")), None)) is not None:
        sources["end"], end = field.name, _seconds(field)
    elif end is None and listed and listed[0] == start:  # may be shorter than 10 s where the recording ends
        sources["end"], end = _SEGMENT_LISTS, listed[1]
    elif end is None:
        sources["end"], end = "10 s after the start", start + _AUDIOSET_SECONDS
    sources["class"], class_name = _class(fields, recordings)
    sources["split"], split = _split(fields, default)
    return ManifestClip(clip_id(youtube_id, start), class_name, split, start, end, youtube_id), sources


def _recordings(fields: Fields) -> Sequence[tuple[str, NamedRecording]]:
    """List the fields that name the clip's recording; the first gives the id, the others may add times to it."""
    candidates = named(fields, "YouTube id")
    found = [(f.name, recording) for f in candidates if (recording := named_recording(f.value))]
    if not found:
        raise ValueError(f"{_in_words(*candidates[:3]) or _names(fields)}; no YouTube id in it")
    return [(name, recording) for name, recording in found if recording.youtube_id == found[0][1].youtube_id]


def _times(
    fields: Fields, recordings: Sequence[tuple[str, NamedRecording]], listed: tuple[float, float] | None
) -> tuple[Meaning, str, float, float | None] | None:
    """Find the field that gives the start; return its meaning, its name, the start, and the end or None."""
    for field in named(fields, "start"):
        return "start", field.name, _seconds(field), None
    for field in named(fields, "start and end"):
        if not named_recording(field.value):  # a field `clip` may contain times or a file name
            with _naming(field):
                start, end = interval(field.value)
            return "start and end", field.name, start / field.unit, None if end is None else end / field.unit
    for name, recording in recordings:
        if recording.start is not None:
            return "start and end", name, recording.start, recording.end
    return ("start and end", _SEGMENT_LISTS, *listed) if listed else None


def _class(fields: Fields, recordings: Sequence[tuple[str, NamedRecording]]) -> tuple[str, str]:
    field = next((field for field in named(fields, "class") if field.name != recordings[0][0]), None)
    if field is None:
        raise ValueError(f"{_names(fields)}; no field for a class")
    with _naming(field):
        found = class_named(field.value)
    if found in {recording.foreign_class for _, recording in recordings}:
        raise ValueError(f"{_in_words(field)}; by the file name this is the class of the donor's audio")
    return field.name, found


def _split(fields: Fields, default: Split) -> tuple[str, Split]:
    for field in named(fields, "split"):
        split = split_named(field.value) if isinstance(field.value, str) else None
        if split is None:
            raise ValueError(f"{_in_words(field)}; expected train, validation or test")
        return field.name, split
    return f"{default}, as nothing says otherwise", default


def _seconds(field: Field) -> float:
    with _naming(field):
        return seconds(field.value) / field.unit


@contextmanager
def _naming(field: Field) -> Iterator[None]:
    """Prefix the message of a `ValueError` with the field's name."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{shown_name(field.name)} {error}") from error


def _names(fields: Fields) -> str:
    names = [f"{name} {shown(fields[name])}" if name in (OWN_TEXT, OWN_TIMES) else shown_name(name) for name in fields]
    return f"fields {', '.join(names[:12])}" if names else "no fields"


def _in_words(*fields: Field) -> str:
    return ", ".join(f"{shown_name(field.name)} {shown(field.value)}" for field in fields)
