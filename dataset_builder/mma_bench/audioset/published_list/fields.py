"""Look up fields of a published list by meaning, in a table of known field names."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from mma_bench.benchmark.conditions import Split
from mma_bench.core.records import Json

Meaning: TypeAlias = Literal["YouTube id", "start", "end", "start and end", "class", "split"]
Fields: TypeAlias = Mapping[str, Json]
"""Fields of an entry by name; a nested field is written `video.id`."""


class Implied:
    """Names of implicit fields, which follow from the place or form of an entry; no file uses these names."""

    KEY = "its key"
    KEY_AROUND = "the key around it"
    SPLIT_AROUND = "the split around it"
    TEXT = "its text"
    TIMES = "its values"


# By priority: the first field present counts. Case, spaces, dashes and underscores are ignored; names of time fields
# may end in ms, msec or milliseconds. A class of the video precedes a class of unknown modality, which in a swapped
# clip could be the audio's.
FIELDS: Mapping[Meaning, tuple[str, ...]] = {
    "YouTube id": (
        *("youtube_id", "ytid", "video_id", "vid", "id", "clip_id", "url", "youtube_url", "link", "video"),
        *("video_url", "video_path", "path", "file", "file_name", "file_path", "name", "clip"),
        *(Implied.KEY, Implied.TEXT, Implied.KEY_AROUND),
    ),
    "start": ("start", "start_seconds", "start_time", "start_sec", "start_s", "begin", "onset", "t_start", "from"),
    "start and end": ("timestamp", "timestamps", "time", "times", "segment", "interval", "clip", Implied.TIMES),
    "end": ("end", "end_seconds", "end_time", "end_sec", "end_s", "stop", "offset", "t_end", "to"),
    "class": (
        *("visual_class", "visual_label", "video_label", "video_class", "visual_category", "video_category"),
        *("visual_gt", "video_gt", "gt_visual", "gt_video", "label_visual", "label_video", "labels_visual"),
        *("labels_video", "class_visual", "class_video"),
        *("label", "class", "class_name", "category", "ground_truth", "gt", "gt_label", "answer", "event", "object"),
        *("labels", Implied.TEXT, Implied.KEY_AROUND),
    ),
    "split": ("split", "set", "subset", "partition", Implied.SPLIT_AROUND),
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


class Field(NamedTuple):
    """A field of an entry. `unit` is 1000 if its name denotes milliseconds, otherwise 1 (units per second)."""

    name: str
    value: Json
    unit: float


def named(fields: Fields, meaning: Meaning) -> list[Field]:
    """List the non-empty fields whose names may have the given meaning, by priority.

    >>> [f.name for f in named({"Clip ID": "a", "youtube-id": "b", "ytid": None}, "YouTube id")]
    ['youtube-id', 'Clip ID']
    """
    found = []
    for name, value in fields.items():
        is_empty = not value.strip() if isinstance(value, str) else value in (None, [])
        if not is_empty and (place := _place(meaning, name)):
            found.append((place[0], Field(name, value, place[1])))
    return [field for _, field in sorted(found, key=lambda placed: placed[0])]


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
    """Return whether a key, such as `data`, only groups entries."""
    return _plain(name) in _WRAPPERS


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


@lru_cache(maxsize=4096)
def _place(meaning: Meaning, name: str) -> tuple[int, float] | None:
    """Return the priority of a field name and its units per second; None if the name does not have the meaning."""
    outer, _, inner = name.partition(".")
    names = _PLAIN_NAMES[meaning]
    for plain in (_plain(name), _plain(inner) if _plain(outer) in _TRANSPARENT else ""):
        bare = re.sub("(ms|msec|milliseconds)$", "", plain) if meaning in ("start", "end", "start and end") else plain
        if bare in names:
            return names.index(bare), 1.0 if bare == plain else 1000.0
    return None


_PLAIN_NAMES = {meaning: [_plain(name) for name in names] for meaning, names in FIELDS.items()}
