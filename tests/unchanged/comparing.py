"""Compare two records file by file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WORDING = ".wording.txt"
"""Ends the names of files whose content may change: what commands print. They are compared for information only."""
SHOWN_LINES = 24


@dataclass
class Differences:
    """What differs between two records."""

    equal: int = 0
    changed: int = 0
    reworded: int = 0
    lines: list[str] = field(default_factory=list)


def compare_folders(before: Path, now: Path, steps: Sequence[str]) -> Differences:
    """Compare the files of some steps; both folders hold a folder for each step."""
    found = Differences()
    for step in steps:
        names = sorted({*_files(before / step), *_files(now / step)})
        for name in names:
            old, new = _text(before / step / name), _text(now / step / name)
            if old == new:
                found.equal += 1
                continue
            if name.endswith(WORDING):
                found.reworded += 1
                continue
            found.changed += 1
            found.lines += [f"{step}/{name}:", *_difference(old, new)]
    return found


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _difference(old: str | None, new: str | None) -> list[str]:
    if old is None or new is None:
        return ["    only before" if new is None else "    only now"]
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "now", n=1, lineterm=""))
    shown = [f"    {line[:200]}" for line in lines[:SHOWN_LINES]]
    return [*shown, f"    ... {len(lines) - SHOWN_LINES} lines more"] if len(lines) > SHOWN_LINES else shown
