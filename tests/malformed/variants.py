"""Malformed variants of a JSON file: what editors, killed processes, other programs and hostile people leave behind.

Variants are data: a name and the bytes of the file. Those of a whole file need no knowledge of it; those of a value
put something else in one place of a valid record.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

DEEP = 100_000
"""Nested brackets: more than any parser's stack holds."""


class Variant(NamedTuple):
    """A malformed file."""

    name: str
    content: bytes | None
    """None for a folder in the file's place."""
    of_a_value: bool = False
    """One value is another: the file may pass, or be refused for what it says."""


Place = tuple[str | int, ...]
"""Keys and indices that lead to a value."""

NOT_JSON: Mapping[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "an open brace": b"{",
    "words": b"not JSON at all\n",
    "binary": bytes(range(256)) * 4,
    "UTF-16": '{"schema": 1}'.encode("utf-16"),
    "Latin-1": '{"schema": "é"}'.encode("latin-1"),
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"schema":' * DEEP + b"1" + b"}" * DEEP,
    "an open deep list": b"[" * DEEP,
    "a huge integer": b"9" * 5000,
}
"""Contents that are wrong whatever the file should hold."""
OTHER_JSON: Mapping[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "a number": b"1.5",
    "NaN": b"NaN",
    "a string": b'"text"',
    "a list": b"[]",
    "a list of lists": b"[[[]]]",
    "an empty object": b"{}",
    "an object of null": b'{"": null}',
}
"""JSON, and no record."""
VALUES: Mapping[str, str] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "negative": "-1",
    "a fraction": "1.5",
    "a number as text": '"1.5"',
    "an empty string": '""',
    "a long string": json.dumps("x" * 300),
    "half a surrogate pair": r'"\ud800"',
    "a NUL": r'"a\u0000b"',
    "a path": '"../../etc/passwd"',
    "NaN": "NaN",
    "infinite": "-Infinity",
    "too large": "1e999",
    "a huge integer": "1" + "0" * 400,
    "an integer beyond 64 bits": str(2**70),
    "an empty list": "[]",
    "a list of null": "[null]",
    "a list of lists": "[[1, [2]]]",
    "a list of objects": "[{}]",
    "an empty object": "{}",
    "an object": '{"a": {"b": []}}',
    "deep": "[" * DEEP + "]" * DEEP,
}
"""What stands in a value's place, as JSON text; besides, the value may be missing or stand twice."""
READABLE = ("a byte order mark", "another version")
"""Variants of a whole file that may be read as if they were right."""
_HERE = "\ue000 the changed value"


def whole_file_variants(content: bytes) -> Iterator[Variant]:
    """Return variants of a whole JSON file, from its valid content, an object."""
    record = json.loads(content)
    contents = {
        **NOT_JSON,
        **OTHER_JSON,
        "a byte order mark": b"\xef\xbb\xbf" + content,
        "truncated": content[: len(content) // 2],
        "its last byte lost": content.rstrip()[:-1],
        "something behind it": content + b"{}",
        "twice": content + content,
        "in a list": b"[" + content + b"]",
        "a key twice": content.rstrip()[:-1] + b"," + json.dumps(next(iter(record))).encode() + b": 1}",
        "another version": json.dumps({**record, "schema": 99}).encode(),
        "all values null": json.dumps(dict.fromkeys(record)).encode(),
        "all values text": json.dumps({key: str(value) for key, value in record.items()}).encode(),
        "all values listed": json.dumps({key: [value] for key, value in record.items()}).encode(),
    }
    return (Variant(name, changed, name in READABLE) for name, changed in contents.items())


def value_variants(content: bytes, *, depth: int = 3) -> Iterator[Variant]:
    """Yield variants of a JSON file in which one value is missing, is another, or is of another kind.

    Args:
        content: the valid file.
        depth: how many keys and indices lead to a value at most; of a list only the first item is changed.
    """
    record = json.loads(content)
    for place in places(record, depth):
        name = ".".join(map(str, place))
        yield Variant(f"{name} missing", json.dumps(_changed(record, place, None, missing=True)).encode(), True)
        with_mark = json.dumps(_changed(record, place, _HERE))
        for kind, value in VALUES.items():
            yield Variant(f"{name}: {kind}", with_mark.replace(json.dumps(_HERE), value).encode(), True)


def some_of(variants: Iterable[Variant], per_place: int) -> Iterator[Variant]:
    """Choose from the variants of values: of each place a few, of another kind than at the places before it."""
    kinds = 1 + len(VALUES)
    for number, variant in enumerate(variants):
        place, kind = divmod(number, kinds)
        if (kind - place * per_place) % kinds < per_place:
            yield variant


def places(value: Any, depth: int) -> Iterator[Place]:
    """Yield the places of all values in a JSON value, outer before inner.

    >>> list(places({"a": {"b": 1}, "c": [2, 3]}, 2))
    [('a',), ('a', 'b'), ('c',), ('c', 0)]
    """
    if depth == 0 or not isinstance(value, dict | list):
        return
    for key, inner in list(enumerate(value))[:1] if isinstance(value, list) else value.items():
        yield (key,)
        for rest in places(inner, depth - 1):
            yield (key, *rest)


def _changed(value: Any, place: Place, new: Any, *, missing: bool = False) -> Any:
    key, *rest = place
    copy = value.copy()
    if rest:
        copy[key] = _changed(copy[key], tuple(rest), new, missing=missing)
    elif missing:
        del copy[key]
    else:
        copy[key] = new
    return copy
