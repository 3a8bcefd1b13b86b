"""From one entry of a published list to its clip, and which field said what.

The message of every `ValueError` here is `what was found; what was expected`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mma_bench.audioset.published_list.fields import OWN_TEXT, OWN_TIMES, Field, Meaning, named, split_named
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
from mma_bench.manifest.manifest import ManifestClip, clip_id

Starts = Mapping[str, tuple[float, float]]
"""Start and end by YouTube id."""

_AUDIOSET_SECONDS = 10.0
_SEGMENT_LISTS = "the segment lists"


@dataclass(frozen=True)
class ReadClip:
    """A clip, and the names of the fields that it was read from by what they mean."""

    clip: ManifestClip
    taken_from: Mapping[Meaning, str]


@dataclass(frozen=True, slots=True)
class _Times:
    """Where a clip begins and, if known, ends."""

    source: str
    start: float
    end: float | None = None
    meaning: Meaning = "start and end"


def read_clip(fields: Mapping[str, Any], starts: Starts, default: Split) -> ReadClip:
    """The clip of an entry.

    Raises:
        ValueError: the entry gives none.
    """
    taken_from: dict[Meaning, str] = {}
    recordings = _recordings(fields)
    taken_from["YouTube id"], recording = recordings[0]
    listed = starts.get(recording.youtube_id)
    times = _times(fields, recordings, listed)
    if times is None:
        unlisted = "no start, and the segment lists have none or several"
        why = unlisted if starts else "no start (look it up with --segments eval_segments.csv)"
        raise ValueError(f"{recording.youtube_id}; {why}")
    taken_from[times.meaning] = times.source
    taken_from["end"], end = _end(fields, times, listed)
    taken_from["class"], own_class = _class(fields, recordings, taken_from["YouTube id"])
    taken_from["split"], split = _split(fields, default)
    identity = clip_id(recording.youtube_id, times.start)
    clip = ManifestClip(identity, own_class, split, times.start, end, recording.youtube_id)
    return ReadClip(clip, {meaning: source for meaning, source in taken_from.items() if source})


def _recordings(fields: Mapping[str, Any]) -> Sequence[tuple[str, NamedRecording]]:
    """What names the clip's recording, by field; the first counts, others of the same id may add to it."""
    candidates = named(fields, "YouTube id")
    found = [(f.name, recording) for f in candidates if (recording := named_recording(f.value))]
    if not found:
        raise ValueError(f"{_in_words(candidates) or _names(fields)}; no YouTube id in it")
    return [(name, recording) for name, recording in found if recording.youtube_id == found[0][1].youtube_id]


def _times(
    fields: Mapping[str, Any],
    recordings: Iterable[tuple[str, NamedRecording]],
    listed: tuple[float, float] | None,
) -> _Times | None:
    for field in named(fields, "start"):
        return _Times(field.name, _seconds(field), meaning="start")
    for field in named(fields, "start and end"):
        if not named_recording(field.value):  # a `clip` may hold the times or the name
            return _interval(field)
    for name, recording in recordings:
        if recording.start is not None:
            return _Times(name, recording.start, recording.end)
    return _Times(_SEGMENT_LISTS, *listed) if listed else None


def _end(fields: Mapping[str, Any], times: _Times, listed: tuple[float, float] | None) -> tuple[str, float]:
    for field in named(fields, "end"):
        return field.name, _seconds(field)
    if times.end is not None:
        return "", times.end
    # A clip of AudioSet's has 10 s, unless its recording ends before.
    if listed and listed[0] == times.start:
        return _SEGMENT_LISTS, listed[1]
    return "10 s after the start", times.start + _AUDIOSET_SECONDS


def _class(
    fields: Mapping[str, Any], recordings: Iterable[tuple[str, NamedRecording]], id_from: str
) -> tuple[str, str]:
    candidates = [field for field in named(fields, "class") if field.name != id_from]
    if not candidates:
        raise ValueError(f"{_names(fields)}; none that is for a class")
    field = candidates[0]
    try:
        found = class_named(field.value)
    except ValueError as error:
        raise ValueError(f"{shown_name(field.name)} {error}") from error
    sounds = {recording.foreign_class for _, recording in recordings}
    if found in sounds:
        raise ValueError(f"{_in_words([field])}; the file's name says that this is the sound's")
    return field.name, found


def _split(fields: Mapping[str, Any], default: Split) -> tuple[str, Split]:
    for field in named(fields, "split"):
        split = split_named(field.value) if isinstance(field.value, str) else None
        if split is None:
            raise ValueError(f"{_in_words([field])}; expected train, validation or test")
        return field.name, split
    return f"{default}, as nothing says otherwise", default


def _seconds(field: Field) -> float:
    try:
        return seconds(field.value) / field.per_second
    except ValueError as error:
        raise ValueError(f"{shown_name(field.name)} {error}") from error


def _interval(field: Field) -> _Times:
    try:
        start, end = interval(field.value)
    except ValueError as error:
        raise ValueError(f"{shown_name(field.name)} {error}") from error
    return _Times(field.name, start / field.per_second, None if end is None else end / field.per_second)


def _names(fields: Mapping[str, Any]) -> str:
    names = [f"{name} {shown(fields[name])}" if name in (OWN_TEXT, OWN_TIMES) else shown_name(name) for name in fields]
    return f"fields {', '.join(names[:12])}" if names else "no fields"


def _in_words(fields: Sequence[Field]) -> str:
    return ", ".join(f"{shown_name(field.name)} {shown(field.value)}" for field in fields[:3])
