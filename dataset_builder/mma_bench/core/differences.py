"""Compare two JSON values, to tell whether they describe the same run, build or training."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any


def differences(
    here: Mapping[str, Any], there: Mapping[str, Any], sections: Collection[str] | None = None
) -> list[str]:
    """List the differences between objects of this run and of an earlier run, one per line. A missing key equals null.

    `sections` are the top-level keys to compare; None for all.

    >>> differences({"model": {"fps": 2.0}}, {"model": {"fps": 1.0}}, ["model"])
    ['model.fps: 2.0 here, 1.0 there']
    """
    return [
        f"{where}: {shortened(a)} here, {shortened(b)} there"
        for name in (dict.fromkeys((*here, *there)) if sections is None else sections)
        for where, a, b in differing(name, here.get(name), there.get(name))
    ]


def differing(where: str, here: Any, there: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the path and both values of each difference between two JSON values; lists are compared as a whole.

    >>> list(differing("model", {"fps": 2.0}, {"fps": 1.0}))
    [('model.fps', 2.0, 1.0)]
    """
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for name in dict.fromkeys((*here, *there)):
            yield from differing(f"{where}.{name}", here.get(name), there.get(name))
    elif here != there:
        yield where, here, there


def shortened(value: Any) -> str:
    """Format a value as JSON in at most 80 characters; lone surrogates and values that are not JSON are escaped."""
    text = json.dumps(value, ensure_ascii=False, default=repr).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 80 else text[:77] + "..."
