"""Split a JSON document of any common structure into entries, one per clip."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from mma_bench.audioset.published_list.fields import Fields, Implied, has_meaning, is_wrapper, split_named
from mma_bench.audioset.published_list.values import named_recording, shown
from mma_bench.core.records import Json


class Unreadable(NamedTuple):
    """A defect of the document, such as an entry that yields no clip."""

    where: str
    """Place of the defect in `jq` notation, such as `.test[12]`."""
    why: str
    """What was found, a semicolon, and the reason, which is worded identically for all defects of the same kind."""

    @property
    def reason(self) -> str:
        """The reason at the end of `why`, by which defects are counted."""
        return self.why.rpartition("; ")[2]


Entry: TypeAlias = tuple[str, Fields]
"""Place of a clip in the document, and its fields, including those inherited from enclosing objects."""


def read_document(path: Path) -> tuple[Mapping[str, Json], list[Unreadable]]:
    """Read JSON or JSON Lines in any Unicode encoding, with or without a byte-order mark.

    Return the top-level values by place (the whole file or each line), and the places with invalid JSON or repeated
    keys.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is neither JSON nor JSON Lines.
    """
    data = path.read_bytes()
    text = data.decode(json.detect_encoding(data))
    unreadable: list[Unreadable] = []

    def keep_last(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        """Keep the last of duplicate keys, as JSON parsers do, but record the duplication."""
        if twice := [shown(name) for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
            why = f"the key {', '.join(twice[:5])} occurs more than once in one object; only its last value is used"
            unreadable.append(Unreadable("somewhere", why))
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
            if not roots:  # a truncated list may also have lines of valid JSON, but not as its first
                break
            unreadable.append(Unreadable(f"line {number}", f"not JSON: {error}; expected one object per line"))
    if not roots:
        raise not_json
    return roots, unreadable


def entries(value: Json, where: str, around: Fields) -> Iterator[Entry]:
    """Yield the entries in a value, each with the keys and fields of its enclosing objects (`around`).

    Raises ValueError if columns differ in length.

    >>> list(entries({"test": [{"id": "a"}]}, ".", {}))
    [('.test[0]', {'the split around it': 'test', 'id': 'a'})]
    """
    if isinstance(value, dict):
        yield from _in_object(value, where, around)
    elif _holds_entries(value):
        if Implied.KEY_AROUND not in around:
            around = {Implied.KEY_AROUND if name == Implied.KEY else name: known for name, known in around.items()}
        for index, item in enumerate(value):
            yield from entries(item, f"{where}[{index}]", around)
    else:
        yield where, {**around, Implied.TEXT if isinstance(value, str) else Implied.TIMES: value}


def _in_object(value: Fields, where: str, around: Fields) -> Iterator[Entry]:
    """Yield the entries of an object, which may hold columns, groups of entries, a single entry, or entries by key."""
    if rows := _rows(value):
        for index, row in enumerate(rows):
            yield f"{where}, row {index}".removeprefix("., "), {**around, **row}
        return
    holding = [name for name, inner in value.items() if _holds_entries(inner)]
    by_split = any(map(split_named, holding))
    groups = holding if by_split else list(filter(is_wrapper, holding))
    by_clip = 2 * sum(named_recording(name) is not None for name in value) > len(value)
    flat: dict[str, Json] = {}
    for name, inner in value.items():  # fields of a nested object are named `video.id`
        flat |= {f"{name}.{key}": v for key, v in inner.items()} if isinstance(inner, dict) else {name: inner}
    if not groups and not by_clip and any(map(has_meaning, flat)):
        yield where, {**around, **flat}
        return
    inside = groups or [n for n, inner in value.items() if named_recording(n) or isinstance(inner, dict | list)]
    beside = {**around, **{name: inner for name, inner in value.items() if name not in inside}}
    if not inside:
        yield where, beside
    for name in inside:
        known = dict(beside)
        if by_split and not is_wrapper(name):
            known[Implied.SPLIT_AROUND] = name
        elif not groups and (named_recording(name) or len(inside) > 1):  # a single other key is the list's own name
            known |= {Implied.KEY_AROUND: known[Implied.KEY]} if Implied.KEY in known else {}
            known[Implied.KEY] = name
        step = f".{name}" if name.isidentifier() and name.isascii() else f"[{json.dumps(name)}]"
        yield from entries(value[name], step if f"{where}{step}".startswith("..") else where + step, known)


def _rows(value: Fields) -> list[Fields]:
    """Convert columns (lists, or objects keyed by row number, as in pandas) to rows; empty if there are no columns."""
    columns: dict[str, list[Json]] = {}
    for name, inner in value.items():
        if has_meaning(name) and isinstance(inner, list) and inner and not isinstance(inner[0], dict):
            columns[name] = inner
        elif has_meaning(name) and isinstance(inner, dict) and inner and all(map(str.isdecimal, inner)):
            columns[name] = list(inner.values())
    beside = {name: inner for name, inner in value.items() if name not in columns}
    first = next((n for n, c in columns.items() if has_meaning(n, "YouTube id") and any(map(named_recording, c))), None)
    if first is None or any(has_meaning(name, "start", "end", "start and end", "class") for name in beside):
        return []  # several ids with one class are one clip; the second id may be the donor's
    length = len(columns[first])
    for name, column in columns.items():
        if length == 1 and len(column) > 1:
            return []  # one entry whose fields are lists
        if len(column) != length:
            lengths = f"{shown(first)} has {length} values, but {shown(name)} has {len(column)}"
            raise ValueError(f"{lengths}; expected columns of equal length")
    return [{**beside, **dict(zip(columns, row, strict=True))} for row in zip(*columns.values(), strict=True)]


def _holds_entries(value: Json) -> bool:
    """Return whether a value is a non-empty object, or a list of objects, lists or recordings."""
    if isinstance(value, list):
        inside = any(isinstance(item, dict | list) for item in value)
        return inside or (all(isinstance(item, str) for item in value) and any(map(named_recording, value)))
    return isinstance(value, dict) and bool(value)
