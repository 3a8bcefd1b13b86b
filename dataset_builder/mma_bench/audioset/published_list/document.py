"""What a file of JSON holds, and which places of it do not hold what they should."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mma_bench.audioset.published_list.values import shown


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place that gives no clip."""

    where: str
    why: str
    """`what was found; why that is none`."""

    @property
    def found(self) -> str:
        """What was found."""
        return self.why.rpartition("; ")[0]

    @property
    def reason(self) -> str:
        """Why, without what was found: by this they can be counted.

        >>> Unreadable(".[3]", "label 12; expected the name of a class").reason
        'expected the name of a class'
        """
        return self.why.rpartition("; ")[2]


@dataclass(frozen=True)
class Document:
    """A file's JSON."""

    roots: Mapping[str, Any]
    """By place: one, or one per line."""
    unreadable: tuple[Unreadable, ...]


def read_document(path: Path) -> Document:
    """Read JSON or JSON Lines, in any of Unicode's encodings, with or without a byte-order mark.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is neither.
    """
    data = path.read_bytes()
    text = data.decode(json.detect_encoding(data))
    unreadable: list[Unreadable] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object; of a key that occurs twice the last counts, as everywhere, but not silently."""
        made = dict(pairs)
        if len(made) < len(pairs):
            twice = [shown(name) for name, count in Counter(name for name, _ in pairs).items() if count > 1]
            found = f"the key {', '.join(twice[:5])} occurs more than once in one object"
            unreadable.append(Unreadable("somewhere", f"{found}; the last one counts"))
        return made

    try:
        roots = {".": json.loads(text, object_pairs_hook=keep)}
    except json.JSONDecodeError as error:
        unreadable.clear()
        roots = {}
        not_json = ValueError(f"not JSON: {error}, in a file that begins {shown(text)}")
        for number, line in enumerate(text.split("\n"), start=1):  # splitlines would cut a text at its U+2028
            try:
                if line.strip():
                    roots[f"line {number}"] = json.loads(line, object_pairs_hook=keep)
            except json.JSONDecodeError as wrong:
                # A list that was cut off also has lines, of which some are JSON.
                if not any(isinstance(root, dict) for root in roots.values()):
                    raise not_json from None
                unreadable.append(Unreadable(f"line {number}", f"not JSON: {wrong}; expected one object per line"))
        if not roots:
            raise not_json from None
    return Document(roots, tuple(unreadable))
