"""Look up fields of a published list by meaning, in a table of known field names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from mma_bench.benchmark.conditions import Split
from mma_bench.core.records import Json

Meaning: TypeAlias = Literal["YouTube id", "start", "end", "start and end", "class", "split"]
Fields: TypeAlias = Mapping[str, Json]
"""Fields of an entry by name; a nested field is written `video.id`."""

# Pseudo-fields for an entry's keys, split and bare value; no file has fields of these names.
OWN_KEY = "its key"
KEY_AROUND = "the key around it"
SPLIT_AROUND = "the split around it"
OWN_TEXT = "its text"
OWN_TIMES = "its values"

# By priority: the first field present counts. Case, spaces, dashes and underscores are ignored. A class of the video
# precedes a class of unknown modality, which in a swapped clip could be the audio's.
FIELDS: Mapping[Meaning, tuple[str, ...]] = {
    "YouTube id": (
        *("youtube_id", "ytid", "yt_id", "video_id", "vid", "id", "clip_id", "url", "youtube_url", "link", "video"),
        *("video_url", "video_path", "path", "file", "file_name", "file_path", "name", "clip"),
        *(OWN_KEY, OWN_TEXT, KEY_AROUND),
    ),
    "start": ("start", "start_seconds", "start_time", "start_sec", "start_s", "begin", "onset", "t_start", "from"),
    "end": ("end", "end_seconds", "end_time", "end_sec", "end_s", "stop", "offset", "t_end", "to"),
    "start and end": ("timestamp", "timestamps", "time", "times", "segment", "interval", "clip", OWN_TIMES),
    "class": (
        *("visual_class", "visual_label", "video_label", "video_class", "visual_category", "video_category"),
        *("visual_gt", "video_gt", "gt_visual", "gt_video", "label_visual", "label_video", "labels_visual"),
        *("labels_video", "class_visual", "class_video"),
        *("label", "class", "class_name", "category", "ground_truth", "gt", "gt_label", "answer", "event", "object"),
        *("labels", OWN_TEXT, KEY_AROUND),
    ),
    "split": ("split", "set", "subset", "partition", SPLIT_AROUND),
}

_SPLITS: Mapping[str, Split] = {
    **dict.fromkeys(("eval", "evaluation", "test"), "test"),
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
}

# Keys that contain entries but describe none of their properties.
_WRAPPERS = frozenset(
    {"data", "clips", "videos", "samples", "annotations", "entries", "items", "examples", "rows", "records", "database"}
)

# Objects inside an entry whose fields count as the entry's own. Others do not: audio.label is the audio's class.
_TRANSPARENT = frozenset(
    {"meta", "metadata", "info", "video", "visual", "clip", "youtube", "row", "annotation", "segment", "interval"}
    | {"timestamp", "timestamps", "time"}
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry."""

    name: str
    value: Json
    unit: float
    """Units per second: 1000 if the name denotes milliseconds, otherwise 1."""


def named(fields: Fields, meaning: Meaning) -> list[Field]:
    """List the non-empty fields that may have a meaning, by priority.

    >>> [f.name for f in named({"Clip ID": "a", "youtube-id": "b", "ytid": None}, "YouTube id")]
    ['youtube-id', 'Clip ID']
    """
    places = {name: place for name in fields if (place := _place(meaning, name)) and not _is_empty(fields[name])}
    return [Field(name, fields[name], places[name][1]) for name in sorted(places, key=lambda name: places[name][0])]


def has_meaning(name: str, *meanings: Meaning) -> bool:
    """Return whether a field name may have one of these meanings; by default, any known meaning."""
    return any(_place(meaning, name) is not None for meaning in meanings or FIELDS)


def split_named(text: str) -> Split | None:
    """Parse the name of a split; None if unknown.

    >>> split_named("Evaluation"), split_named("dev")
    ('test', None)
    """
    return _SPLITS.get(_plain(text))


def is_wrapper(name: str) -> bool:
    """Return whether a key only wraps entries."""
    return _plain(name) in _WRAPPERS


@lru_cache(maxsize=4096)
def _place(meaning: Meaning, name: str) -> tuple[int, float] | None:
    """Look up the priority and the unit of a field name; None if it does not have the meaning."""
    outer, dot, inner = name.partition(".")
    readings = (_plain(name), _plain(inner) if dot and _plain(outer) in _TRANSPARENT else "")
    return next((_PLACES[meaning][n] for n in readings if n in _PLACES[meaning]), None)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _is_empty(value: Json) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


_PLACES: Mapping[Meaning, Mapping[str, tuple[int, float]]] = {
    meaning: {
        _plain(name) + unit: (place, 1000.0 if unit else 1.0)
        for place, name in reversed(list(enumerate(names)))
        for unit in ("", *(("ms", "msec", "milliseconds") if meaning in ("start", "end", "start and end") else ()))
    }
    for meaning, names in FIELDS.items()
}
