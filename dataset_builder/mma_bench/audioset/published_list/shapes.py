"""From JSON of any of the usual shapes to its entries, one per clip."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mma_bench.audioset.published_list.fields import (
    KEY_AROUND,
    OWN_KEY,
    OWN_TEXT,
    OWN_TIMES,
    SPLIT_AROUND,
    has_meaning,
    is_wrapper,
    split_named,
)
from mma_bench.audioset.published_list.values import named_recording, shown


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list says of one clip."""

    where: str
    """Its place, as `jq` writes it: `.test[12]`."""
    fields: Mapping[str, Any]


def entries(value: Any, where: str = ".", around: Mapping[str, Any] | None = None) -> Iterator[Entry]:
    """The entries in a value, each with what is said around it: the keys, and fields that stand beside a list.

    Raises:
        ValueError: columns of different lengths.

    >>> [(e.where, dict(e.fields)) for e in entries({"test": [{"id": "a"}]})]
    [('.test[0]', {'the split around it': 'test', 'id': 'a'})]
    """
    around = around or {}
    if isinstance(value, dict):
        yield from _in_object(value, where, around)
    elif isinstance(value, list):
        if KEY_AROUND not in around:
            around = {KEY_AROUND if name == OWN_KEY else name: known for name, known in around.items()}
        for index, item in enumerate(value):
            if isinstance(item, list) and not any(isinstance(i, dict) for i in item):
                yield Entry(f"{where}[{index}]", {**around, **_bare(item)})
            else:
                yield from entries(item, f"{where}[{index}]", around)
    else:
        yield Entry(where, {**around, **_bare(value)})


def _in_object(value: Mapping[str, Any], where: str, around: Mapping[str, Any]) -> Iterator[Entry]:
    inside = [name for name, inner in value.items() if _holds_entries(inner)]
    has_splits = any(split_named(name) for name in inside)
    groups = [name for name in inside if has_splits or is_wrapper(name)]
    if (rows := _rows(value)) is not None:
        for index, row in rows:
            yield Entry(f"{where}, row {index}".removeprefix("., "), {**around, **row})
    elif groups:
        beside = {**around, **{name: inner for name, inner in value.items() if name not in groups}}
        for name in groups:
            known = {SPLIT_AROUND: name} if has_splits and not is_wrapper(name) else {}
            yield from entries(value[name], _at(where, name), {**beside, **known})
    elif any(has_meaning(name) for name in _flat(value)) and not _is_by_clip(value):
        yield Entry(where, {**around, **_flat(value)})
    else:
        yield from _by_key(value, where, around)


def _by_key(value: Mapping[str, Any], where: str, around: Mapping[str, Any]) -> Iterator[Entry]:
    """Entries, or lists of them, under keys that name clips, classes or nothing of interest."""
    named = [name for name in value if named_recording(name)]
    told = [name for name, inner in value.items() if name in named or isinstance(inner, dict | list)]
    beside = {**around, **{name: inner for name, inner in value.items() if name not in told}}
    if not told:
        yield Entry(where, beside)
    for name in told:
        inner, known = value[name], dict(beside)
        if name in named or len(told) > 1:  # one key alone that names no clip is the name of the whole
            if OWN_KEY in known:
                known[KEY_AROUND] = known[OWN_KEY]
            known[OWN_KEY] = name
        if isinstance(inner, dict) or _holds_entries(inner):
            yield from entries(inner, _at(where, name), known)
        else:
            yield Entry(_at(where, name), {**known, **_bare(inner)})


def _is_by_clip(value: Mapping[str, Any]) -> bool:
    """Whether the keys are clips, but for a few such as the list's own name."""
    return 2 * sum(named_recording(name) is not None for name in value) > len(value)


def _rows(value: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]] | None:
    """The rows of columns, which are lists or, as pandas writes them, objects keyed by number; None: no columns."""
    columns: dict[str, dict[str, Any]] = {}
    for name, inner in value.items():
        if isinstance(inner, list) and inner and not isinstance(inner[0], dict):
            columns[name] = {str(k): item for k, item in enumerate(inner)}
        elif isinstance(inner, dict) and inner and all(key.isdecimal() for key in inner):
            columns[name] = inner
    ids = [n for n, c in columns.items() if has_meaning(n, "YouTube id") and any(map(named_recording, c.values()))]
    single = (name for name in value if name not in columns)
    if not ids or any(has_meaning(name, "start", "end", "start and end", "class") for name in single):
        return None  # two ids beside one class are no two clips: one may be the sound's
    keys = columns[ids[0]]
    if len(keys) == 1 and any(has_meaning(name) and len(column) > 1 for name, column in columns.items()):
        return None  # an entry whose fields are lists
    for name, column in columns.items():
        if has_meaning(name) and column.keys() != keys.keys():
            lengths = f"{shown(ids[0])} has {len(keys)} values and {shown(name)} {len(column)}"
            raise ValueError(f"{lengths}; expected columns of one length")
    beside = {name: inner for name, inner in value.items() if name not in columns}
    return ((key, {**beside, **{name: c[key] for name, c in columns.items() if key in c}}) for key in keys)


def _holds_entries(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, list) and any(isinstance(i, dict | list) or named_recording(i) for i in value)


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, those of an object inside as `video.id`."""
    flat: dict[str, Any] = {}
    for name, value in entry.items():
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _bare(value: Any) -> Mapping[str, Any]:
    """A value that stands where an entry could."""
    return {OWN_TEXT if isinstance(value, str) else OWN_TIMES: value}


def _at(where: str, key: str) -> str:
    step = f".{key}" if key.isidentifier() and key.isascii() else f"[{json.dumps(key)}]"
    return f".{step}" if where == "." and step.startswith("[") else step if where == "." else where + step
