"""What the fields of a published list of clips are called: the names as a table, and how they are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from mma_bench.benchmark.conditions import Split

Meaning: TypeAlias = Literal["YouTube id", "start", "end", "start and end", "class", "split"]

# What an entry is told by without a field: no file has fields of these names.
OWN_KEY = "its key"
KEY_AROUND = "the key around it"
SPLIT_AROUND = "the split around it"
OWN_TEXT = "its text"
OWN_TIMES = "its values"

# In order: the first field that is there counts. Upper and lower case, spaces, dashes and underscores are all one.
# A class of the picture goes before a class that does not say whose it is: in a swapped clip it could be the sound's.
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

SPLIT_NAMES: Mapping[str, Split] = {
    "eval": "test",
    "evaluation": "test",
    "test": "test",
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}

# Keys that hold entries and say nothing of them.
WRAPPERS = frozenset(
    {"data", "clips", "videos", "samples", "annotations", "entries", "items", "examples", "rows", "records", "database"}
)

# Objects inside an entry whose fields are the entry's own. Those of others are not: audio.label is the sound's.
_PARTS = frozenset(
    {"meta", "metadata", "info", "video", "visual", "clip", "youtube", "row", "annotation", "segment", "interval"}
    | {"timestamp", "timestamps", "time"}
)

_PER_SECOND: Mapping[str, float] = {"": 1.0, "ms": 1000.0, "msec": 1000.0, "milliseconds": 1000.0}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entry."""

    name: str
    """As in the file; one inside another as `video.id`."""
    value: Any
    per_second: float
    """1000 if the name says milliseconds."""


def named(fields: Mapping[str, Any], meaning: Meaning) -> list[Field]:
    """The fields that may mean this, in the table's order; empty ones are left out.

    >>> [f.name for f in named({"Clip ID": "a", "youtube-id": "b", "ytid": None}, "YouTube id")]
    ['youtube-id', 'Clip ID']
    """
    found = []
    for name, value in fields.items():
        place = _place(meaning, name)
        if place is not None and not _is_empty(value):
            found.append((place[0], Field(name, value, place[1])))
    return [field for _, field in sorted(found, key=lambda f: f[0])]


def has_meaning(name: str, *meanings: Meaning) -> bool:
    """Whether a field of this name may mean one of these, or without any: anything."""
    return any(_place(meaning, name) is not None for meaning in meanings or FIELDS)


def split_named(text: str) -> Split | None:
    """The split of this name.

    >>> split_named("Evaluation"), split_named("dev")
    ('test', None)
    """
    return SPLIT_NAMES.get(_plain(text))


def is_wrapper(name: str) -> bool:
    """Whether a key of this name holds entries and says nothing of them."""
    return _plain(name) in WRAPPERS


@lru_cache(maxsize=4096)
def _place(meaning: Meaning, name: str) -> tuple[int, float] | None:
    return next((_PLACES[meaning][n] for n in _readings(name) if n in _PLACES[meaning]), None)


def _readings(name: str) -> Iterator[str]:
    yield _plain(name)
    outer, dot, inner = name.partition(".")
    if dot and _plain(outer) in _PARTS:
        yield _plain(inner)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


_PLACES: Mapping[Meaning, Mapping[str, tuple[int, float]]] = {
    meaning: {
        _plain(name) + unit: (place, per_second)
        for place, name in reversed(list(enumerate(names)))
        for unit, per_second in _PER_SECOND.items()
        if not unit or meaning in ("start", "end", "start and end")
    }
    for meaning, names in FIELDS.items()
}
