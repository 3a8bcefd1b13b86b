"""A reason why a run is refused."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place of a run folder."""

    where: str
    """File, line or field."""
    expected: str
    found: str
    remedy: str
    more: int = 0
    """How many others are like it."""

    def __str__(self) -> str:
        """One sentence.

        >>> print(Fault("run.json, data.split", "test", "train", "run `mma-bench eval --split test`", more=2))
        run.json, data.split: expected test, found train (and 2 more like it); run `mma-bench eval --split test`
        """
        more = f" (and {self.more:,} more like it)" if self.more else ""
        return printable(f"{self.where}: expected {self.expected}, found {self.found}{more}; {self.remedy}")


def printable(text: str) -> str:
    """Text without what would move a terminal's cursor or cannot be written to a file.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def first_of_each(found: Iterable[tuple[Hashable, Fault]]) -> list[Fault]:
    """The first fault of each kind with the number of the others: a thousand lines may have the same one."""
    firsts: dict[Hashable, Fault] = {}
    counts: dict[Hashable, int] = {}
    for kind, fault in found:
        firsts.setdefault(kind, fault)
        counts[kind] = counts.get(kind, 0) + 1
    return [replace(fault, more=counts[kind] - 1) for kind, fault in firsts.items()]
