"""Split a JSON document of any common shape into entries, one per clip."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mma_bench.audioset.published_list.fields import (
    KEY_AROUND,
    OWN_KEY,
    OWN_TEXT,
    OWN_TIMES,
    SPLIT_AROUND,
    Fields,
    has_meaning,
    is_wrapper,
    split_named,
)
from mma_bench.audioset.published_list.values import named_recording, shown
from mma_bench.core.records import Json


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place in the document that yields no clip."""

    where: str
    """The place in `jq` notation: `.test[12]`."""
    found: str
    reason: str
    """The defect, worded identically for the same kind so that defects can be counted."""

    @property
    def why(self) -> str:
        """Finding and reason, for a message."""
        return f"{self.found}; {self.reason}"


class Entry(NamedTuple):
    """The fields of one clip, including those inherited from enclosing objects."""

    where: str
    fields: Fields


def read_document(path: Path) -> tuple[Mapping[str, Json], list[Unreadable]]:
    """Read JSON or JSON Lines in any Unicode encoding, with or without a byte-order mark.

    Returns:
        The roots by place (one, or one per line), and the places that are not JSON or repeat a key.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is neither JSON nor JSON Lines.
    """
    data = path.read_bytes()
    text = data.decode(json.detect_encoding(data))
    unreadable: list[Unreadable] = []

    def keep_last(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        """Keep the last of duplicate keys, as JSON parsers do, but record the duplication."""
        twice = [shown(name) for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        if twice:
            found = f"the key {', '.join(twice[:5])} occurs more than once in one object"
            unreadable.append(Unreadable("somewhere", found, "the last one counts"))
        return dict(pairs)

    try:
        return {".": json.loads(text, object_pairs_hook=keep_last)}, unreadable
    except json.JSONDecodeError as error:
        not_json = ValueError(f"not JSON: {error}, in a file that begins {shown(text)}")
    unreadable.clear()
    roots: dict[str, Json] = {}
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines would break a string at U+2028
        try:
            if line.strip():
                roots[f"line {number}"] = json.loads(line, object_pairs_hook=keep_last)
        except json.JSONDecodeError as error:
            if not roots:  # a truncated list also has lines that are JSON, but not its first
                raise not_json from None
            unreadable.append(Unreadable(f"line {number}", f"not JSON: {error}", "expected one object per line"))
    if not roots:
        raise not_json
    return roots, unreadable


def entries(value: Json, where: str = ".", around: Fields | None = None) -> Iterator[Entry]:
    """Yield the entries in a value, each with the keys and fields of its enclosing objects.

    Raises:
        ValueError: columns differ in length.

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
            nested = isinstance(item, dict) or (isinstance(item, list) and any(isinstance(i, dict) for i in item))
            yield from (entries if nested else _bare)(item, f"{where}[{index}]", around)
    else:
        yield from _bare(value, where, around)


def _in_object(value: Fields, where: str, around: Fields) -> Iterator[Entry]:
    """Yield the entries of an object: columns, groups of entries, an entry itself, or entries by key."""
    if (rows := _rows(value)) is not None:
        for index, row in rows.items():
            yield Entry(f"{where}, row {index}".removeprefix("., "), {**around, **row})
        return
    holding = [name for name, inner in value.items() if _holds_entries(inner)]
    by_split = any(map(split_named, holding))
    groups = holding if by_split else list(filter(is_wrapper, holding))
    by_clip = 2 * sum(named_recording(name) is not None for name in value) > len(value)
    if not groups and not by_clip and any(map(has_meaning, flat := _flat(value))):
        yield Entry(where, {**around, **flat})
        return
    inside = groups or [n for n, inner in value.items() if named_recording(n) or isinstance(inner, dict | list)]
    beside = {**around, **{name: inner for name, inner in value.items() if name not in inside}}
    if not inside:
        yield Entry(where, beside)
    for name in inside:
        known = dict(beside)
        if by_split and not is_wrapper(name):
            known[SPLIT_AROUND] = name
        elif not groups and (named_recording(name) or len(inside) > 1):  # a single other key is the list's own name
            if OWN_KEY in known:
                known[KEY_AROUND] = known[OWN_KEY]
            known[OWN_KEY] = name
        yield from (entries if _holds_entries(value[name]) else _bare)(value[name], _at(where, name), known)


def _rows(value: Fields) -> Mapping[str, Fields] | None:
    """Convert columns to rows; None if the object does not consist of columns."""
    columns = {name: column for name, inner in value.items() if (column := _column(inner))}
    beside = {name: inner for name, inner in value.items() if name not in columns}
    ids = [n for n, c in columns.items() if has_meaning(n, "YouTube id") and any(map(named_recording, c.values()))]
    if not ids or any(has_meaning(name, "start", "end", "start and end", "class") for name in beside):
        return None  # two ids beside one class are one clip: the second may be the donor's
    keys = columns[ids[0]].keys()
    described = {name: column for name, column in columns.items() if has_meaning(name)}
    if len(keys) == 1 and any(len(column) > 1 for column in described.values()):
        return None  # one entry whose fields are lists
    for name, column in described.items():
        if column.keys() != keys:
            lengths = f"{shown(ids[0])} has {len(keys)} values and {shown(name)} {len(column)}"
            raise ValueError(f"{lengths}; expected columns of one length")
    return {key: {**beside, **{name: c[key] for name, c in columns.items() if key in c}} for key in keys}


def _column(value: Json) -> Mapping[str, Json]:
    """Index a list of plain values, or an object keyed by number as pandas writes columns; empty if neither."""
    if isinstance(value, list) and value and not isinstance(value[0], dict):
        return {str(index): item for index, item in enumerate(value)}
    return value if isinstance(value, dict) and all(map(str.isdecimal, value)) else {}


def _holds_entries(value: Json) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, dict | list) or named_recording(item) for item in value)
    return isinstance(value, dict) and bool(value)


def _bare(value: Json, where: str, around: Fields) -> Iterator[Entry]:
    """Yield a text or a list of values as an entry."""
    yield Entry(where, {**around, OWN_TEXT if isinstance(value, str) else OWN_TIMES: value})


def _flat(entry: Fields) -> dict[str, Json]:
    """Flatten one level: the fields of an object inside become `video.id`."""
    flat: dict[str, Json] = {}
    for name, value in entry.items():
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _at(where: str, key: str) -> str:
    step = f".{key}" if key.isidentifier() and key.isascii() else f"[{json.dumps(key)}]"
    return f".{step}".replace("..", ".", 1) if where == "." else where + step
