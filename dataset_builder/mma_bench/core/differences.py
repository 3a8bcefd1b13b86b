"""Compare two records or JSON values: is it the same run, build or training?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def differences(here: Mapping[str, Any], there: Mapping[str, Any], sections: Sequence[str]) -> list[str]:
    """List what differs in some sections of two JSON objects, a line each.

    >>> differences({"model": {"fps": 2.0}}, {"model": {"fps": 1.0}}, ["model"])
    ['model.fps: 2.0 here, 1.0 there']
    """
    return [
        f"{where}: {shortened(a)} here, {shortened(b)} there"
        for name in sections
        for where, a, b in differing(name, here.get(name), there.get(name))
    ]


def differing(where: str, here: Any, there: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the places where two JSON values differ, with both values; lists are compared whole.

    >>> list(differing("model", {"fps": 2.0}, {"fps": 1.0}))
    [('model.fps', 2.0, 1.0)]
    """
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for name in dict.fromkeys((*here, *there)):
            yield from differing(f"{where}.{name}", here.get(name), there.get(name))
    elif here != there:
        yield where, here, there


def shortened(value: Any) -> str:
    """Write a JSON value in at most 80 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
